# Raritan: Dominion PX (PDU-MIB)
# -1 means error.
# Certainty B: one public implementation. Source: NUT raritan-pdu-mib.
vendor = Raritan
sysobjectid = 1.3.6.1.4.1.13742
name = 1.3.6.1.4.1.13742.1.2.2.1.2.{o}
status = 1.3.6.1.4.1.13742.1.2.2.1.3.{o}
on = 1
off = 0
moving = 2
switch-on = 1.3.6.1.4.1.13742.1.2.2.1.3.{o} 1
switch-off = 1.3.6.1.4.1.13742.1.2.2.1.3.{o} 0
