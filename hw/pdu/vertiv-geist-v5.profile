# Vertiv: Geist upgradeable PDU (GEIST-V5-MIB)
# 7 unavailable.
# Certainty A: two independent sources agree. Source: GEIST-V5-MIB, OpenStack Ironic.
vendor = Vertiv
sysobjectid = 1.3.6.1.4.1.21239.5
name = 1.3.6.1.4.1.21239.5.2.3.5.1.3.{o}
status = 1.3.6.1.4.1.21239.5.2.3.5.1.4.{o}
on = 1
off = 2
moving = 3 4 5 6
switch-on = 1.3.6.1.4.1.21239.5.2.3.5.1.6.{o} 2
switch-off = 1.3.6.1.4.1.21239.5.2.3.5.1.6.{o} 4
