# Server Technology: Sentry 3 CDU
# Tower.infeed.outlet; 2 offWait 3 onWait; name_oid is C.
# Certainty A: two independent sources agree. Source: Sentry3-MIB, OpenStack Ironic.
vendor = Server Technology
sysobjectid = 1.3.6.1.4.1.1718.3
name = 1.3.6.1.4.1.1718.3.2.3.1.3.{u}.{f}.{o}
status = 1.3.6.1.4.1.1718.3.2.3.1.5.{u}.{f}.{o}
on = 1
off = 0
moving = 2 3
switch-on = 1.3.6.1.4.1.1718.3.2.3.1.11.{u}.{f}.{o} 1
switch-off = 1.3.6.1.4.1.1718.3.2.3.1.11.{u}.{f}.{o} 2
unit = 1
