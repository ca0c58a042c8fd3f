# Eaton: Managed ePDU, first generation (Revelation, Aphel)
# Index starts at 0: fence-agents subtracts 1 from the plug number; -1 means error.
# Certainty A: two independent sources agree. Source: fence-agents fence_eaton_snmp, NUT eaton-pdu-revelation-mib.
vendor = Eaton
sysobjectid = 1.3.6.1.4.1.534.6.6.6
name = 1.3.6.1.4.1.534.6.6.6.1.2.2.1.2.{o}
status = 1.3.6.1.4.1.534.6.6.6.1.2.2.1.3.{o}
on = 1
off = 0
moving = 2
switch-on = 1.3.6.1.4.1.534.6.6.6.1.2.2.1.3.{o} 1
switch-off = 1.3.6.1.4.1.534.6.6.6.1.2.2.1.3.{o} 0
plug = {o+1}
