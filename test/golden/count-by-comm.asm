program tracepoint_1: tracepoint, 121 instructions
tracepoint_1:
    0: (bf) r6 = r1
  ; stdin:1:1  tracepoint:sched:sched_switch
    1: (62) *(u32 *)(r10 -36) = 0
    2: (18) r1 = map frame
    4: (bf) r2 = r10
    5: (07) r2 += -36
    6: (85) call bpf_map_lookup_elem#1
    7: (bf) r7 = r0
    8: (15) if r7 == 0x0 goto L70
    9: (79) r0 = *(u64 *)(r7 +0)
   10: (07) r0 += 1
   11: (7b) *(u64 *)(r7 +0) = r0
  ; stdin:1:32  args.prev_pid
   12: (61) r0 = *(u32 *)(r6 +24)                 ; offset(sched:sched_switch.prev_pid)
  ; stdin:1:32  args.prev_pid != 0
   13: (16) if w0 == 0x0 goto L72
  ; stdin:1:54  @[args.prev_comm] = count()
   14: (7a) *(u64 *)(r10 -16) = 0
   15: (7a) *(u64 *)(r10 -8) = 0
   16: (07) r6 += 8                               ; offset(sched:sched_switch.prev_comm)
   17: (bf) r1 = r10
   18: (07) r1 += -16
   19: (b7) r2 = 16
   20: (bf) r3 = r6
   21: (85) call bpf_probe_read_kernel_str#115
   22: (d5) if r0 s<= 0x0 goto L77
L23:
   23: (79) r6 = *(u64 *)(r10 -16)
   24: (79) r8 = *(u64 *)(r10 -8)
   25: (18) r0 = 0x9e3779b97f4a7c15
   27: (2f) r0 *= r6
   28: (af) r0 ^= r8
   29: (18) r5 = 0x9e3779b97f4a7c15
   31: (2f) r5 *= r0
   32: (77) r5 >>= 56
   33: (63) *(u32 *)(r10 -24) = r5
   34: (18) r1 = map cache_
   36: (bf) r2 = r10
   37: (07) r2 += -24
   38: (85) call bpf_map_lookup_elem#1
   39: (15) if r0 == 0x0 goto L61
   40: (79) r5 = *(u64 *)(r0 +0)
   41: (55) if r5 != 0x7fffffff goto L49
   42: (79) r5 = *(u64 *)(r0 +8)
   43: (af) r5 ^= r6
   44: (79) r4 = *(u64 *)(r0 +16)
   45: (af) r4 ^= r8
   46: (4f) r5 |= r4
   47: (15) if r5 == 0x0 goto L57
   48: (05) goto L61
L49:
   49: (55) if r5 != 0x0 goto L61
   50: (b7) r5 = 1
   51: (db) lock *(u64 *)(r0 +0) += r5
   52: (79) r5 = *(u64 *)(r0 +0)
   53: (55) if r5 != 0x1 goto L61
   54: (7b) *(u64 *)(r0 +8) = r6
   55: (7b) *(u64 *)(r0 +16) = r8
   56: (7a) *(u64 *)(r0 +0) = 2147483647
L57:
   57: (79) r5 = *(u64 *)(r0 +24)
   58: (07) r5 += 1
   59: (7b) *(u64 *)(r0 +24) = r5
   60: (05) goto L70
L61:
   61: (18) r1 = map @
   63: (bf) r2 = r10
   64: (07) r2 += -16
   65: (85) call bpf_map_lookup_elem#1
   66: (15) if r0 == 0x0 goto L83
   67: (79) r5 = *(u64 *)(r0 +0)
   68: (07) r5 += 1
   69: (7b) *(u64 *)(r0 +0) = r5
L70:
  ; stdin:1:1  tracepoint:sched:sched_switch
   70: (b7) r0 = 1
   71: (95) exit
L72:
   72: (79) r0 = *(u64 *)(r7 +8)
   73: (07) r0 += 1
   74: (7b) *(u64 *)(r7 +8) = r0
   75: (b7) r0 = 1
   76: (95) exit
L77:
  ; stdin:1:54  @[args.prev_comm] = count()
   77: (72) *(u8 *)(r10 -16) = 0
   78: (15) if r0 == 0x0 goto L23
   79: (79) r0 = *(u64 *)(r7 +48)
   80: (07) r0 += 1
   81: (7b) *(u64 *)(r7 +48) = r0
   82: (05) goto L23
L83:
   83: (7a) *(u64 *)(r10 -32) = 1
   84: (18) r1 = map @
   86: (bf) r2 = r10
   87: (07) r2 += -16
   88: (bf) r3 = r10
   89: (07) r3 += -32
   90: (b7) r4 = 0
   91: (85) call bpf_map_update_elem#2
   92: (bf) r6 = r0
   93: (15) if r6 == 0x0 goto L70
   94: (67) r6 <<= 32
   95: (c7) r6 s>>= 32
   96: (79) r0 = *(u64 *)(r7 +32)
   97: (07) r0 += 1
   98: (7b) *(u64 *)(r7 +32) = r0
   99: (55) if r6 != 0xfffffff9 goto L70
  100: (79) r0 = *(u64 *)(r7 +32)
  101: (55) if r0 != 0x1 goto L70
  102: (18) r1 = map ring
  104: (b7) r2 = 16
  105: (b7) r3 = 0
  106: (85) call bpf_ringbuf_reserve#131
  107: (55) if r0 != 0x0 goto L112
  108: (79) r0 = *(u64 *)(r7 +24)
  109: (07) r0 += 1
  110: (7b) *(u64 *)(r7 +24) = r0
  111: (05) goto L70
L112:
  112: (62) *(u32 *)(r0 +0) = 0
  113: (7b) *(u64 *)(r0 +8) = r6
  114: (bf) r1 = r0
  115: (b7) r2 = 0
  116: (85) call bpf_ringbuf_submit#132
  117: (79) r0 = *(u64 *)(r7 +16)
  118: (07) r0 += 1
  119: (7b) *(u64 *)(r7 +16) = r0
  120: (05) goto L70
