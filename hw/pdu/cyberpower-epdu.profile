# CyberPower: PDU first MIB (ePDU)
# 4 delayedOn 5 delayedOff 6 delayedReboot 7 cancel.
# Certainty A: two independent sources agree. Source: CPS-MIB, OpenStack Ironic.
vendor = CyberPower
sysobjectid = 1.3.6.1.4.1.3808.1.1.3
name = 1.3.6.1.4.1.3808.1.1.3.3.3.1.1.2.{o}
status = 1.3.6.1.4.1.3808.1.1.3.3.5.1.1.4.{o}
on = 1
off = 2
switch-on = 1.3.6.1.4.1.3808.1.1.3.3.3.1.1.4.{o} 1
switch-off = 1.3.6.1.4.1.3808.1.1.3.3.3.1.1.4.{o} 2
