# Emerson/Vertiv/Liebert: MPX, MPH2
# Index of three parts: PDU, branch receptacle group, receptacle; plug is written "1.1.5"; wait 5 s after a change.
# Certainty B: one public implementation. Source: fence-agents fence_emerson.
vendor = Emerson/Vertiv/Liebert
sysobjectid = 1.3.6.1.4.1.476.1.42
name = 1.3.6.1.4.1.476.1.42.3.8.50.20.1.10.{u}.{f}.{o}
status = 1.3.6.1.4.1.476.1.42.3.8.50.20.1.95.{u}.{f}.{o}
on = 2
off = 1
switch-on = 1.3.6.1.4.1.476.1.42.3.8.50.20.1.100.{u}.{f}.{o} 1
switch-off = 1.3.6.1.4.1.476.1.42.3.8.50.20.1.100.{u}.{f}.{o} 0
unit = 1
