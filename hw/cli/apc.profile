# APC switched rack PDUs, AOS firmware 5 and later: olStatus tells "N: NAME: On".
# Older firmware has menus, which this format cannot say: such a unit is named as not fitting, and SNMP (pdu) is the way to it.
# Source: fence-agents fence_apc. Not tried with a unit.
agent = fence_apc
fabric = no
prompt = apc>
unfit = Control Console | Device Manager
status = olStatus all
row = {plug}: {name}: {state}
off-is = Off
on-is = On
switch-off = olOff {plug}
switch-on = olOn {plug}
refused = E100 | E101 | E102 | E103 | E104 | E105 | denied
