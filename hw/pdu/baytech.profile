# Baytech: RPC, MRP
# 3 lockon 4 lockoff 5 unlock 6 unknown.
# Certainty A: two independent sources agree. Source: NUT baytech-mib, OpenStack Ironic.
vendor = Baytech
sysobjectid = 1.3.6.1.4.1.4779
name = 1.3.6.1.4.1.4779.1.3.5.3.1.4.{u}.{o}
status = 1.3.6.1.4.1.4779.1.3.5.3.1.3.{u}.{o}
on = 1
off = 0
moving = 2
switch-on = 1.3.6.1.4.1.4779.1.3.5.3.1.3.{u}.{o} 1
switch-off = 1.3.6.1.4.1.4779.1.3.5.3.1.3.{u}.{o} 0
unit = 1
