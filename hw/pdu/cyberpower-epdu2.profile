# CyberPower: PDU second MIB (ePDU2), chains
# Index runs over all units of a chain.
# Certainty B: one public implementation. Source: CPS-MIB, public implementations.
vendor = CyberPower
sysobjectid = 1.3.6.1.4.1.3808.1.1.6
status = 1.3.6.1.4.1.3808.1.1.6.6.1.4.1.5.{o}
on = 1
off = 2
switch-on = 1.3.6.1.4.1.3808.1.1.6.6.1.5.1.5.{o} 1
switch-off = 1.3.6.1.4.1.3808.1.1.6.6.1.5.1.5.{o} 2
