# APC/Schneider: Easy PDU
# Status only in the source: control column unknown.
# Certainty B: one public implementation. Source: NUT apc-epdu-mib.
vendor = APC/Schneider
sysobjectid = 1.3.6.1.4.1.318.1.3.4.9
name = 1.3.6.1.4.1.318.1.1.30.6.2.1.2.{o}
status = 1.3.6.1.4.1.318.1.1.30.6.1.1.4.{o}
on = 2
off = 1
