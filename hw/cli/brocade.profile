# Brocade Fibre Channel switches (Fabric OS): ports are disabled persistently, so that a restart of the switch does not let the machine in again.
# A port's row of switchshow stands below the line of equals signs: index, port, address, media, speed, state, protocol, and then what the port is, which is "Disabled" when it is.
# A port without link has nothing there, and is on. Directors (with a column "Slot") have other rows and are refused: use SNMP there.
# Source: fence-agents fence_brocade; rows as in Hitachi's knowledge base on port states. Tried with a scripted dialogue over a real ssh, not with a switch.
agent = fence_brocade
fabric = yes
prompt = >
status = switchshow
rows-after = ====
row = {plug} {word} {word} {word} {word} {word} {word} {state} {rest}
row-on = {plug} {word} {word} {word} {word} {word} {word}
off-is = Disabled
on-is = F-Port | E-Port | G-Port | L-Port | FL-Port | U-Port | N-Port | EX-Port | VE-Port | VEX-Port | D-Port | AE-Port | (Trunk
switch-off = portcfgpersistentdisable {plug}
switch-on = portcfgpersistentenable {plug}
refused = denied | not allowed | permission | RBAC | invalid
