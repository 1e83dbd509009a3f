program profile_1: perf_event, 104 instructions
profile_1:
    0: (bf) r6 = r1
  ; stdin:1:1  profile:hz:99
    1: (62) *(u32 *)(r10 -12) = 0
    2: (18) r1 = map frame
    4: (bf) r2 = r10
    5: (07) r2 += -12
    6: (85) call bpf_map_lookup_elem#1
    7: (bf) r7 = r0
    8: (15) if r7 == 0x0 goto L55
    9: (79) r0 = *(u64 *)(r7 +0)
   10: (07) r0 += 1
   11: (7b) *(u64 *)(r7 +0) = r0
  ; stdin:1:16  pid
   12: (85) call bpf_get_current_pid_tgid#14
   13: (77) r0 >>= 32
  ; stdin:1:16  pid == $2
   14: (55) if r0 != 0x2a goto L57
  ; stdin:1:29  @[kstack(5), ustack(5)] = count()
   15: (7a) *(u64 *)(r7 +72) = 0
   16: (7a) *(u64 *)(r7 +80) = 0
   17: (7a) *(u64 *)(r7 +88) = 0
   18: (7a) *(u64 *)(r7 +96) = 0
   19: (7a) *(u64 *)(r7 +104) = 0
   20: (bf) r2 = r7
   21: (07) r2 += 72
   22: (bf) r1 = r6
   23: (b7) r3 = 40
   24: (b7) r4 = 0
   25: (85) call bpf_get_stack#67
   26: (c5) if r0 s< 0x0 goto L62
L27:
   27: (77) r0 >>= 3
   28: (7b) *(u64 *)(r7 +64) = r0
   29: (7a) *(u64 *)(r7 +120) = 0
   30: (7a) *(u64 *)(r7 +128) = 0
   31: (7a) *(u64 *)(r7 +136) = 0
   32: (7a) *(u64 *)(r7 +144) = 0
   33: (7a) *(u64 *)(r7 +152) = 0
   34: (bf) r2 = r7
   35: (07) r2 += 120
   36: (bf) r1 = r6
   37: (b7) r3 = 40
   38: (b7) r4 = 256
   39: (85) call bpf_get_stack#67
   40: (c5) if r0 s< 0x0 goto L64
L41:
   41: (77) r0 >>= 3
   42: (63) *(u32 *)(r7 +112) = r0
   43: (85) call bpf_get_current_pid_tgid#14
   44: (77) r0 >>= 32
   45: (63) *(u32 *)(r7 +116) = r0
   46: (bf) r2 = r7
   47: (07) r2 += 64
   48: (18) r1 = map @
   50: (85) call bpf_map_lookup_elem#1
   51: (15) if r0 == 0x0 goto L66
   52: (79) r5 = *(u64 *)(r0 +0)
   53: (07) r5 += 1
   54: (7b) *(u64 *)(r0 +0) = r5
L55:
  ; stdin:1:1  profile:hz:99
   55: (b7) r0 = 0
   56: (95) exit
L57:
   57: (79) r0 = *(u64 *)(r7 +8)
   58: (07) r0 += 1
   59: (7b) *(u64 *)(r7 +8) = r0
   60: (b7) r0 = 0
   61: (95) exit
L62:
  ; stdin:1:29  @[kstack(5), ustack(5)] = count()
   62: (b7) r0 = 0
   63: (05) goto L27
L64:
   64: (b7) r0 = 0
   65: (05) goto L41
L66:
   66: (7a) *(u64 *)(r10 -8) = 1
   67: (bf) r2 = r7
   68: (07) r2 += 64
   69: (18) r1 = map @
   71: (bf) r3 = r10
   72: (07) r3 += -8
   73: (b7) r4 = 0
   74: (85) call bpf_map_update_elem#2
   75: (bf) r6 = r0
   76: (15) if r6 == 0x0 goto L55
   77: (67) r6 <<= 32
   78: (c7) r6 s>>= 32
   79: (79) r0 = *(u64 *)(r7 +32)
   80: (07) r0 += 1
   81: (7b) *(u64 *)(r7 +32) = r0
   82: (55) if r6 != 0xfffffff9 goto L55
   83: (79) r0 = *(u64 *)(r7 +32)
   84: (55) if r0 != 0x1 goto L55
   85: (18) r1 = map ring
   87: (b7) r2 = 16
   88: (b7) r3 = 0
   89: (85) call bpf_ringbuf_reserve#131
   90: (55) if r0 != 0x0 goto L95
   91: (79) r0 = *(u64 *)(r7 +24)
   92: (07) r0 += 1
   93: (7b) *(u64 *)(r7 +24) = r0
   94: (05) goto L55
L95:
   95: (62) *(u32 *)(r0 +0) = 0
   96: (7b) *(u64 *)(r0 +8) = r6
   97: (bf) r1 = r0
   98: (b7) r2 = 0
   99: (85) call bpf_ringbuf_submit#132
  100: (79) r0 = *(u64 *)(r7 +16)
  101: (07) r0 += 1
  102: (7b) *(u64 *)(r7 +16) = r0
  103: (05) goto L55
