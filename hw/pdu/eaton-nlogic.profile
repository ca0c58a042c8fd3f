# Eaton: nLogic PDU
# One command column; the source also has delayed variants.
# Certainty B: one public implementation. Source: NUT eaton-pdu-nlogic-mib.
vendor = Eaton
sysobjectid = 1.3.6.1.4.1.534.7.1
name = 1.3.6.1.4.1.534.7.1.5.1.1.2.{u}.{o}
status = 1.3.6.1.4.1.534.7.1.5.2.1.1.{u}.{o}
on = 2
off = 1
moving = 3 4
switch-on = 1.3.6.1.4.1.534.7.1.5.2.1.10.{u}.{o} 2
switch-off = 1.3.6.1.4.1.534.7.1.5.2.1.10.{u}.{o} 1
unit = 1
