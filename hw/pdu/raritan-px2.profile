# Raritan: PX2, PX3 (PDU2-MIB)
# Reading and writing use different scales; -1 unavailable.
# Certainty A: two independent sources agree. Source: PDU2-MIB, NUT raritan-px2-mib, OpenStack Ironic.
vendor = Raritan
sysobjectid = 1.3.6.1.4.1.13742.6
name = 1.3.6.1.4.1.13742.6.3.5.3.1.3.{u}.{o}
status = 1.3.6.1.4.1.13742.6.4.1.2.1.3.{u}.{o}
on = 7
off = 8
switch-on = 1.3.6.1.4.1.13742.6.4.1.2.1.2.{u}.{o} 1
switch-off = 1.3.6.1.4.1.13742.6.4.1.2.1.2.{u}.{o} 0
unit = 1
