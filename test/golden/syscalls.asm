program tracepoint_1: raw_tracepoint, 115 instructions
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
   17: (07) r7 += -1
   18: (62) *(u32 *)(r10 -44) = 0
   19: (18) r1 = map frame
   21: (bf) r2 = r10
   22: (07) r2 += -44
   23: (85) call bpf_map_lookup_elem#1
   24: (bf) r8 = r0
   25: (15) if r8 == 0x0 goto L72
   26: (79) r0 = *(u64 *)(r8 +0)
   27: (07) r0 += 1
   28: (7b) *(u64 *)(r8 +0) = r0
  ; stdin:1:33  args.ret
   29: (79) r0 = *(u64 *)(r6 +8)
  ; stdin:1:33  args.ret < 0
   30: (75) if r0 s>= 0x0 goto L74
  ; stdin:1:68  args.ret
   31: (79) r0 = *(u64 *)(r6 +8)
  ; stdin:1:67  -args.ret
   32: (87) r0 = -r0
  ; stdin:1:49  @[probe, strerror(-args.ret)] = count()
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
   90: (79) r0 = *(u64 *)(r8 +32)
   91: (07) r0 += 1
   92: (7b) *(u64 *)(r8 +32) = r0
   93: (56) if w6 != 0xfffffff9 goto L72
   94: (79) r0 = *(u64 *)(r8 +32)
   95: (55) if r0 != 0x1 goto L72
   96: (18) r1 = map ring
   98: (b7) r2 = 16
   99: (b7) r3 = 0
  100: (85) call bpf_ringbuf_reserve#131
  101: (55) if r0 != 0x0 goto L106
  102: (79) r0 = *(u64 *)(r8 +24)
  103: (07) r0 += 1
  104: (7b) *(u64 *)(r8 +24) = r0
  105: (05) goto L72
L106:
  106: (62) *(u32 *)(r0 +0) = 0
  107: (7b) *(u64 *)(r0 +8) = r6
  108: (bf) r1 = r0
  109: (b7) r2 = 0
  110: (85) call bpf_ringbuf_submit#132
  111: (79) r0 = *(u64 *)(r8 +16)
  112: (07) r0 += 1
  113: (7b) *(u64 *)(r8 +16) = r0
  114: (05) goto L72
