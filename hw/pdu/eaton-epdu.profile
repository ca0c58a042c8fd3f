# Eaton: ePDU G2/G3 Managed and Switched (Marlin)
# Written value is a delay in seconds, -1 cancels; separate columns for off (3), on (4), reboot (5); switchable flag 6.6.1.9 (1 yes, 2 no). OpenStack
# Ironic has on and off exchanged and no unit index: wrong.
# Certainty A: two independent sources agree. Source: EATON-EPDU-MIB, NUT eaton-pdu-marlin-mib.
vendor = Eaton
sysobjectid = 1.3.6.1.4.1.534.6.6.7
name = 1.3.6.1.4.1.534.6.6.7.6.1.1.3.{u}.{o}
status = 1.3.6.1.4.1.534.6.6.7.6.6.1.2.{u}.{o}
on = 1
off = 0
moving = 2 3
switch-on = 1.3.6.1.4.1.534.6.6.7.6.6.1.4.{u}.{o} 0
switch-off = 1.3.6.1.4.1.534.6.6.7.6.6.1.3.{u}.{o} 0
unit = 0
