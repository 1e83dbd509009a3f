program begin_1: raw_tracepoint, 51 instructions
begin_1:
  ; stdin:3:1  begin
    0: (62) *(u32 *)(r10 -4) = 0
    1: (18) r1 = map frame
    3: (bf) r2 = r10
    4: (07) r2 += -4
    5: (85) call bpf_map_lookup_elem#1
    6: (bf) r6 = r0
    7: (15) if r6 == 0x0 goto L29
    8: (79) r0 = *(u64 *)(r6 +0)
    9: (07) r0 += 1
   10: (7b) *(u64 *)(r6 +0) = r0
  ; stdin:6:9  larger($x, 5)
   11: (b7) r1 = 6
   12: (b7) r2 = 5
   13: (85) call begin_1_1
   14: (bf) r7 = r0
  ; stdin:6:3  print(larger($x, 5))
   15: (18) r1 = map ring
   17: (b7) r2 = 16
   18: (b7) r3 = 0
   19: (85) call bpf_ringbuf_reserve#131
   20: (15) if r0 == 0x0 goto L31
   21: (62) *(u32 *)(r0 +0) = 0
   22: (7b) *(u64 *)(r0 +8) = r7
   23: (bf) r1 = r0
   24: (b7) r2 = 0
   25: (85) call bpf_ringbuf_submit#132
   26: (79) r0 = *(u64 *)(r6 +16)
   27: (07) r0 += 1
   28: (7b) *(u64 *)(r6 +16) = r0
L29:
  ; stdin:3:1  begin
   29: (b7) r0 = 0
   30: (95) exit
L31:
  ; stdin:6:3  print(larger($x, 5))
   31: (79) r0 = *(u64 *)(r6 +24)
   32: (07) r0 += 1
   33: (7b) *(u64 *)(r6 +24) = r0
   34: (05) goto L29

begin_1_1:
   35: (bf) r6 = r2
   36: (bf) r7 = r1
  ; stdin:6:9  larger($x, 5)
   37: (62) *(u32 *)(r10 -4) = 0
   38: (18) r1 = map frame
   40: (bf) r2 = r10
   41: (07) r2 += -4
   42: (85) call bpf_map_lookup_elem#1
   43: (15) if r0 == 0x0 goto L49
  ; stdin:2:48  ($a > $b)
   44: (dd) if r7 s<= r6 goto L47
  ; stdin:2:60  return $a
   45: (bf) r0 = r7
   46: (95) exit
L47:
  ; stdin:2:73  return $b
   47: (bf) r0 = r6
   48: (95) exit
L49:
  ; stdin:6:9  larger($x, 5)
   49: (b7) r0 = 0
   50: (95) exit
