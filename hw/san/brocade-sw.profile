# Brocade: FC switch by SW-MIB swFCPortAdmStatus
# Index = port number + 1; 4 faulty; operational state in column 4; not persistent over a switch reboot: the CLI portcfgpersistentdisable is. Name
# column is C.
# Certainty B: one public implementation. Source: SW-MIB.
vendor = Brocade
sysobjectid = 1.3.6.1.4.1.1588.2.1.1
name = 1.3.6.1.4.1.1588.2.1.1.1.6.2.1.36.{o}
status = 1.3.6.1.4.1.1588.2.1.1.1.6.2.1.5.{o}
on = 1
off = 2
moving = 3
switch-on = 1.3.6.1.4.1.1588.2.1.1.1.6.2.1.5.{o} 1
switch-off = 1.3.6.1.4.1.1588.2.1.1.1.6.2.1.5.{o} 2
works = 1.3.6.1.4.1.1588.2.1.1.1.6.2.1.4.{o}
works-not = 2
plug = {o-1}
