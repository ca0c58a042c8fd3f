# Emerson/Avocent: PM PDU
# States: 1 off 2 on 3 offLocked 4 onLocked 5 offCycle 6 onPendingOff 7 offPendingOn 8 onPendingCycle 9 notSet 10 onFixed 11 offShutdown 12 tripped.
# Certainty B: one public implementation. Source: NUT emerson-avocent-pdu-mib.
vendor = Emerson/Avocent
sysobjectid = 1.3.6.1.4.1.10418.17.1.7
name = 1.3.6.1.4.1.10418.17.2.5.5.1.4.1.{u}.{o}
status = 1.3.6.1.4.1.10418.17.2.5.5.1.5.1.{u}.{o}
on = 2
off = 1 3 11
moving = 5 6 7 8
locked = 4 10
switch-on = 1.3.6.1.4.1.10418.17.2.5.5.1.6.1.{u}.{o} 2
switch-off = 1.3.6.1.4.1.10418.17.2.5.5.1.6.1.{u}.{o} 3
unit = 1
