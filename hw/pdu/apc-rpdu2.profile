# APC/Schneider: Rack PDU 2G (AP8xxx), rPDU2
# Status values are reversed against the older tables; in a chain the index runs over all units; the unit also answers the apc-rpdu and apc-masterswitch
# tables.
# Certainty A: two independent sources agree. Source: PowerNet-MIB (rPDU2OutletSwitched), several public implementations.
vendor = APC/Schneider
sysobjectid = 1.3.6.1.4.1.318.1.3.4.6
also = apc-rpdu apc-masterswitch
name = 1.3.6.1.4.1.318.1.1.26.9.2.3.1.3.{o}
status = 1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.{o}
on = 2
off = 1
switch-on = 1.3.6.1.4.1.318.1.1.26.9.2.4.1.5.{o} 1
switch-off = 1.3.6.1.4.1.318.1.1.26.9.2.4.1.5.{o} 2
unit = 1
