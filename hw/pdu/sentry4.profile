# Server Technology: Sentry 4 PRO2
# 1 fixedOn 3 idleOn 5 wakeOn 7 ocpOn 15 lockedOn are on for the load but not switchable: report as error for off.
# Certainty A: two independent sources agree. Source: Sentry4-MIB, OpenStack Ironic.
vendor = Server Technology
sysobjectid = 1.3.6.1.4.1.1718.4
status = 1.3.6.1.4.1.1718.4.1.8.5.1.1.{u}.{f}.{o}
on = 11
off = 10
moving = 8 9
locked = 1 3 5 7 15
switch-on = 1.3.6.1.4.1.1718.4.1.8.5.1.2.{u}.{f}.{o} 1
switch-off = 1.3.6.1.4.1.1718.4.1.8.5.1.2.{u}.{f}.{o} 2
unit = 1
