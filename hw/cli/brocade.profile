# Brocade Fibre Channel switches (Fabric OS) over ssh: ports are disabled persistently, so that a restart of the switch does not let the machine in again.
# A port's row of switchshow stands below the line of equals signs; its first word is the port, the eighth is "Disabled" when it is.
# Source: fence-agents fence_brocade. Tried with a scripted dialogue over a real ssh, not with a switch.
agent = fence_brocade
fabric = yes
prompt = >
status = switchshow
rows-after = ====
plug-word = 1
state-word = 8
off-is = Disabled
on-is = *
switch-off = portcfgpersistentdisable {plug}
switch-on = portcfgpersistentenable {plug}
refused = denied|not allowed|permission|RBAC
