# BMCs by the name fence_ipmilan: IPMI 1.5 unless lanplus=1 is given, as that program does. A BMC that has 1.5 switched off is spoken to in 2.0.
agent = fence_ipmilan fence_idrac fence_imm
lanplus = 0
