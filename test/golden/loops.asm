program begin_1: raw_tracepoint, 109 instructions
begin_1:
    0: (bf) r6 = r1
  ; stdin:1:1  begin
    1: (62) *(u32 *)(r10 -60) = 0
    2: (18) r1 = map frame
    4: (bf) r2 = r10
    5: (07) r2 += -60
    6: (85) call bpf_map_lookup_elem#1
    7: (bf) r7 = r0
    8: (15) if r7 == 0x0 goto L62
    9: (79) r0 = *(u64 *)(r7 +0)
   10: (07) r0 += 1
   11: (7b) *(u64 *)(r7 +0) = r0
  ; stdin:2:3  @m[1, "a"] = 10
   12: (72) *(u8 *)(r10 -8) = 1
   13: (72) *(u8 *)(r10 -7) = 97
   14: (72) *(u8 *)(r10 -6) = 0
   15: (72) *(u8 *)(r10 -16) = 10
   16: (18) r1 = map @m
   18: (bf) r2 = r10
   19: (07) r2 += -8
   20: (bf) r3 = r10
   21: (07) r3 += -16
   22: (b7) r4 = 0
   23: (85) call bpf_map_update_elem#2
   24: (bf) r8 = r0
   25: (55) if r8 != 0x0 goto L64
L26:
  ; stdin:4:3  for ($kv : @m) { $sum += $kv.1; }
   26: (7b) *(u64 *)(r10 -56) = r7
   27: (7b) *(u64 *)(r10 -48) = r6
   28: (7a) *(u64 *)(r10 -40) = 0
   29: (7a) *(u64 *)(r10 -32) = 0
   30: (7a) *(u64 *)(r10 -24) = 0
   31: (18) r1 = map @m
   33: (18) r2 = &begin_1_1
   35: (bf) r3 = r10
   36: (07) r3 += -56
   37: (b7) r4 = 0
   38: (85) call bpf_for_each_map_elem#164
   39: (79) r6 = *(u64 *)(r10 -24)
  ; stdin:5:3  for ($i : 0..3) { if ($i == 1) { continue; } $sum += $i; }
   40: (b7) r0 = 0
   41: (05) goto L46
L42:
  ; stdin:5:24  ($i == 1)
   42: (15) if r0 == 0x1 goto L44
  ; stdin:5:48  $sum += $i
   43: (0f) r6 += r0
L44:
  ; stdin:5:3  for ($i : 0..3) { if ($i == 1) { continue; } $sum += $i; }
   44: (07) r0 += 1
   45: (05) goto L46
L46:
   46: (a5) if r0 < 0x3 goto L42
  ; stdin:6:15  $sum *= 2
   47: (67) r6 <<= 2
  ; stdin:7:3  print($sum)
   48: (18) r1 = map ring
   50: (b7) r2 = 16
   51: (b7) r3 = 0
   52: (85) call bpf_ringbuf_reserve#131
   53: (15) if r0 == 0x0 goto L91
   54: (62) *(u32 *)(r0 +0) = 1
   55: (7b) *(u64 *)(r0 +8) = r6
   56: (bf) r1 = r0
   57: (b7) r2 = 0
   58: (85) call bpf_ringbuf_submit#132
   59: (79) r0 = *(u64 *)(r7 +16)
   60: (07) r0 += 1
   61: (7b) *(u64 *)(r7 +16) = r0
L62:
  ; stdin:1:1  begin
   62: (b7) r0 = 0
   63: (95) exit
L64:
  ; stdin:2:3  @m[1, "a"] = 10
   64: (67) r8 <<= 32
   65: (c7) r8 s>>= 32
   66: (79) r0 = *(u64 *)(r7 +32)
   67: (07) r0 += 1
   68: (7b) *(u64 *)(r7 +32) = r0
   69: (55) if r8 != 0xfffffff9 goto L26
   70: (79) r0 = *(u64 *)(r7 +32)
   71: (55) if r0 != 0x1 goto L26
   72: (18) r1 = map ring
   74: (b7) r2 = 16
   75: (b7) r3 = 0
   76: (85) call bpf_ringbuf_reserve#131
   77: (55) if r0 != 0x0 goto L82
   78: (79) r0 = *(u64 *)(r7 +24)
   79: (07) r0 += 1
   80: (7b) *(u64 *)(r7 +24) = r0
   81: (05) goto L26
L82:
   82: (62) *(u32 *)(r0 +0) = 0
   83: (7b) *(u64 *)(r0 +8) = r8
   84: (bf) r1 = r0
   85: (b7) r2 = 0
   86: (85) call bpf_ringbuf_submit#132
   87: (79) r0 = *(u64 *)(r7 +16)
   88: (07) r0 += 1
   89: (7b) *(u64 *)(r7 +16) = r0
   90: (05) goto L26
L91:
  ; stdin:7:3  print($sum)
   91: (79) r0 = *(u64 *)(r7 +24)
   92: (07) r0 += 1
   93: (7b) *(u64 *)(r7 +24) = r0
   94: (05) goto L62

begin_1_1:
  ; stdin:4:3  for ($kv : @m) { $sum += $kv.1; }
   95: (79) r0 = *(u64 *)(r4 +0)
   96: (79) r5 = *(u64 *)(r4 +32)
   97: (71) r3 = *(u8 *)(r3 +0)
   98: (69) r1 = *(u16 *)(r2 +0)
   99: (6b) *(u16 *)(r0 +64) = r1
  100: (71) r2 = *(u8 *)(r2 +2)
  101: (73) *(u8 *)(r0 +66) = r2
  102: (73) *(u8 *)(r0 +67) = r3
  ; stdin:4:28  $kv.1
  103: (67) r3 <<= 56
  104: (c7) r3 s>>= 56
  ; stdin:4:20  $sum += $kv.1
  105: (0f) r5 += r3
  ; stdin:4:3  for ($kv : @m) { $sum += $kv.1; }
  106: (7b) *(u64 *)(r4 +32) = r5
  107: (b7) r0 = 0
  108: (95) exit
