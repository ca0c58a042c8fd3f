# CyberPower switched PDUs (PDU41001 and its kin): oltsta tells number, name and state. The unit acts after its own delay: it is asked until it has.
# Source: fence-agents fence_cyberpower_ssh. Not tried with a unit.
agent = fence_cyberpower_ssh
fabric = no
prompt = >
status = oltsta show
row = {plug} {name} {state}
row = {plug} {state}
off-is = Off
on-is = On
switch-off = oltctrl index {plug} act delayoff
switch-on = oltctrl index {plug} act delayon
refused = invalid | denied | unknown
