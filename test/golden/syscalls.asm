program tracepoint_1: raw_tracepoint, 117 instructions
tracepoint_1:
    0: (bf) r6 = r1
  ; stdin:1:1  tracepoint:syscalls:sys_exit_*
    1: (79) r3 = *(u64 *)(r6 +0)
    2: (07) r3 += 120
    3: (bf) r1 = r10
    4: (07) r1 += -16
    5: (b7) r2 = 8
    6: (85) call bpf_probe_read_kernel#113
    7: (79) r0 = *(u64 *)(r10 -16)
    8: (63) *(u32 *)(r10 -8) = r0
    9: (18) r1 = map syscalls
   11: (bf) r2 = r10
   12: (07) r2 += -8
   13: (85) call bpf_map_lookup_elem#1
   14: (15) if r0 == 0x0 goto L72
   15: (61) r7 = *(u32 *)(r0 +0)
   16: (15) if r7 == 0x0 goto L72
   17: (62) *(u32 *)(r10 -44) = 0
   18: (18) r1 = map frame
   20: (bf) r2 = r10
   21: (07) r2 += -44
   22: (85) call bpf_map_lookup_elem#1
   23: (bf) r8 = r0
   24: (15) if r8 == 0x0 goto L72
   25: (79) r0 = *(u64 *)(r8 +0)
   26: (07) r0 += 1
   27: (7b) *(u64 *)(r8 +0) = r0
  ; stdin:1:33  args.ret
   28: (79) r0 = *(u64 *)(r6 +8)
  ; stdin:1:33  args.ret < 0
   29: (75) if r0 s>= 0x0 goto L74
  ; stdin:1:68  args.ret
   30: (79) r0 = *(u64 *)(r6 +8)
  ; stdin:1:67  -args.ret
   31: (87) r0 = -r0
  ; stdin:1:49  @[probe, strerror(-args.ret)] = count()
   32: (07) r7 += -1
   33: (63) *(u32 *)(r10 -24) = r7
   34: (63) *(u32 *)(r10 -20) = r0
   35: (79) r6 = *(u64 *)(r10 -24)
   36: (18) r0 = 0x9e3779b97f4a7c15
   38: (2f) r0 *= r6
   39: (77) r0 >>= 56
   40: (63) *(u32 *)(r10 -32) = r0
   41: (18) r1 = map cache_
   43: (bf) r2 = r10
   44: (07) r2 += -32
   45: (85) call bpf_map_lookup_elem#1
   46: (15) if r0 == 0x0 goto L63
   47: (79) r5 = *(u64 *)(r0 +0)
   48: (55) if r5 != 0x7fffffff goto L52
   49: (79) r5 = *(u64 *)(r0 +8)
   50: (1d) if r6 == r5 goto L59
   51: (05) goto L63
L52:
   52: (55) if r5 != 0x0 goto L63
   53: (b7) r5 = 1
   54: (db) lock *(u64 *)(r0 +0) += r5
   55: (79) r5 = *(u64 *)(r0 +0)
   56: (55) if r5 != 0x1 goto L63
   57: (7b) *(u64 *)(r0 +8) = r6
   58: (7a) *(u64 *)(r0 +0) = 2147483647
L59:
   59: (79) r5 = *(u64 *)(r0 +16)
   60: (07) r5 += 1
   61: (7b) *(u64 *)(r0 +16) = r5
   62: (05) goto L72
L63:
   63: (18) r1 = map @
   65: (bf) r2 = r10
   66: (07) r2 += -24
   67: (85) call bpf_map_lookup_elem#1
   68: (15) if r0 == 0x0 goto L79
   69: (79) r5 = *(u64 *)(r0 +0)
   70: (07) r5 += 1
   71: (7b) *(u64 *)(r0 +0) = r5
L72:
  ; stdin:1:1  tracepoint:syscalls:sys_exit_*
   72: (b7) r0 = 0
   73: (95) exit
L74:
   74: (79) r0 = *(u64 *)(r8 +8)
   75: (07) r0 += 1
   76: (7b) *(u64 *)(r8 +8) = r0
   77: (b7) r0 = 0
   78: (95) exit
L79:
  ; stdin:1:49  @[probe, strerror(-args.ret)] = count()
   79: (7a) *(u64 *)(r10 -40) = 1
   80: (18) r1 = map @
   82: (bf) r2 = r10
   83: (07) r2 += -24
   84: (bf) r3 = r10
   85: (07) r3 += -40
   86: (b7) r4 = 0
   87: (85) call bpf_map_update_elem#2
   88: (bf) r6 = r0
   89: (15) if r6 == 0x0 goto L72
   90: (67) r6 <<= 32
   91: (c7) r6 s>>= 32
   92: (79) r0 = *(u64 *)(r8 +32)
   93: (07) r0 += 1
   94: (7b) *(u64 *)(r8 +32) = r0
   95: (55) if r6 != 0xfffffff9 goto L72
   96: (79) r0 = *(u64 *)(r8 +32)
   97: (55) if r0 != 0x1 goto L72
   98: (18) r1 = map ring
  100: (b7) r2 = 16
  101: (b7) r3 = 0
  102: (85) call bpf_ringbuf_reserve#131
  103: (55) if r0 != 0x0 goto L108
  104: (79) r0 = *(u64 *)(r8 +24)
  105: (07) r0 += 1
  106: (7b) *(u64 *)(r8 +24) = r0
  107: (05) goto L72
L108:
  108: (62) *(u32 *)(r0 +0) = 0
  109: (7b) *(u64 *)(r0 +8) = r6
  110: (bf) r1 = r0
  111: (b7) r2 = 0
  112: (85) call bpf_ringbuf_submit#132
  113: (79) r0 = *(u64 *)(r8 +16)
  114: (07) r0 += 1
  115: (7b) *(u64 *)(r8 +16) = r0
  116: (05) goto L72
