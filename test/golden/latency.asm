program kprobe_1: kprobe, 55 instructions
kprobe_1:
  ; stdin:1:1  kprobe:vfs_read
    0: (62) *(u32 *)(r10 -20) = 0
    1: (18) r1 = map frame
    3: (bf) r2 = r10
    4: (07) r2 += -20
    5: (85) call bpf_map_lookup_elem#1
    6: (bf) r6 = r0
    7: (15) if r6 == 0x0 goto L26
    8: (79) r0 = *(u64 *)(r6 +0)
    9: (07) r0 += 1
   10: (7b) *(u64 *)(r6 +0) = r0
  ; stdin:1:26  tid
   11: (85) call bpf_get_current_pid_tgid#14
   12: (bf) r7 = r0
  ; stdin:1:33  nsecs
   13: (85) call bpf_ktime_get_boot_ns#125
  ; stdin:1:19  @start[tid] = nsecs
   14: (63) *(u32 *)(r10 -8) = r7
   15: (7b) *(u64 *)(r10 -16) = r0
   16: (18) r1 = map @start
   18: (bf) r2 = r10
   19: (07) r2 += -8
   20: (bf) r3 = r10
   21: (07) r3 += -16
   22: (b7) r4 = 0
   23: (85) call bpf_map_update_elem#2
   24: (bf) r7 = r0
   25: (55) if r7 != 0x0 goto L28
L26:
  ; stdin:1:1  kprobe:vfs_read
   26: (b7) r0 = 0
   27: (95) exit
L28:
  ; stdin:1:19  @start[tid] = nsecs
   28: (67) r7 <<= 32
   29: (c7) r7 s>>= 32
   30: (79) r0 = *(u64 *)(r6 +32)
   31: (07) r0 += 1
   32: (7b) *(u64 *)(r6 +32) = r0
   33: (55) if r7 != 0xfffffff9 goto L26
   34: (79) r0 = *(u64 *)(r6 +32)
   35: (55) if r0 != 0x1 goto L26
   36: (18) r1 = map ring
   38: (b7) r2 = 16
   39: (b7) r3 = 0
   40: (85) call bpf_ringbuf_reserve#131
   41: (55) if r0 != 0x0 goto L46
   42: (79) r0 = *(u64 *)(r6 +24)
   43: (07) r0 += 1
   44: (7b) *(u64 *)(r6 +24) = r0
   45: (05) goto L26
L46:
   46: (62) *(u32 *)(r0 +0) = 0
   47: (7b) *(u64 *)(r0 +8) = r7
   48: (bf) r1 = r0
   49: (b7) r2 = 0
   50: (85) call bpf_ringbuf_submit#132
   51: (79) r0 = *(u64 *)(r6 +16)
   52: (07) r0 += 1
   53: (7b) *(u64 *)(r6 +16) = r0
   54: (05) goto L26

program kretprobe_2: kprobe, 224 instructions
kretprobe_2:
  ; stdin:2:1  kretprobe:vfs_read
    0: (62) *(u32 *)(r10 -52) = 1
    1: (18) r1 = map frame
    3: (bf) r2 = r10
    4: (07) r2 += -52
    5: (85) call bpf_map_lookup_elem#1
    6: (bf) r6 = r0
    7: (15) if r6 == 0x0 goto L177
    8: (79) r0 = *(u64 *)(r6 +0)
    9: (07) r0 += 1
   10: (7b) *(u64 *)(r6 +0) = r0
  ; stdin:2:28  tid
   11: (85) call bpf_get_current_pid_tgid#14
  ; stdin:2:21  @start[tid]
   12: (63) *(u32 *)(r10 -8) = r0
   13: (18) r1 = map @start
   15: (bf) r2 = r10
   16: (07) r2 += -8
   17: (85) call bpf_map_lookup_elem#1
   18: (15) if r0 == 0x0 goto L179
   19: (79) r0 = *(u64 *)(r0 +0)
   20: (15) if r0 == 0x0 goto L179
  ; stdin:3:21  nsecs
   21: (85) call bpf_ktime_get_boot_ns#125
   22: (bf) r7 = r0
  ; stdin:3:36  tid
   23: (85) call bpf_get_current_pid_tgid#14
  ; stdin:3:29  @start[tid]
   24: (63) *(u32 *)(r10 -8) = r0
   25: (18) r1 = map @start
   27: (bf) r2 = r10
   28: (07) r2 += -8
   29: (85) call bpf_map_lookup_elem#1
   30: (15) if r0 == 0x0 goto L184
   31: (79) r0 = *(u64 *)(r0 +0)
L32:
  ; stdin:3:20  (nsecs - @start[tid])
   32: (1f) r7 -= r0
  ; stdin:3:20  (nsecs - @start[tid]) / 1000
   33: (bf) r0 = r7
   34: (c7) r0 s>>= 63
   35: (af) r7 ^= r0
   36: (1f) r7 -= r0
   37: (37) r7 /= 1000
   38: (af) r7 ^= r0
   39: (1f) r7 -= r0
  ; stdin:3:3  @us[comm] = hist((nsecs - @start[tid]) / 1000)
   40: (75) if r7 s>= 0x0 goto L43
   41: (b7) r7 = 0
   42: (05) goto L77
L43:
   43: (25) if r7 > 0x0 goto L46
   44: (07) r7 += 1
   45: (05) goto L77
L46:
   46: (b4) w0 = -1
   47: (1f) r0 -= r7
   48: (77) r0 >>= 63
   49: (67) r0 <<= 5
   50: (7f) r7 >>= r0
   51: (b7) r5 = 65535
   52: (1f) r5 -= r7
   53: (77) r5 >>= 63
   54: (67) r5 <<= 4
   55: (7f) r7 >>= r5
   56: (4f) r0 |= r5
   57: (b7) r5 = 255
   58: (1f) r5 -= r7
   59: (77) r5 >>= 63
   60: (67) r5 <<= 3
   61: (7f) r7 >>= r5
   62: (4f) r0 |= r5
   63: (b7) r5 = 15
   64: (1f) r5 -= r7
   65: (77) r5 >>= 63
   66: (67) r5 <<= 2
   67: (7f) r7 >>= r5
   68: (4f) r0 |= r5
   69: (67) r7 <<= 2
   70: (18) r5 = 0x3333333322221100
   72: (7f) r5 >>= r7
   73: (57) r5 &= 3
   74: (4f) r0 |= r5
   75: (07) r0 += 2
   76: (bf) r7 = r0
L77:
   77: (85) call bpf_get_current_task_btf#158
   78: (79) r5 = *(u64 *)(r0 +0)                  ; offset(struct task_struct.comm)
   79: (79) r0 = *(u64 *)(r0 +8)                  ; offset(struct task_struct.comm)
   80: (18) r4 = 0xfefefefefefefeff
   82: (0f) r4 += r5
   83: (bf) r3 = r5
   84: (a7) r3 ^= -1
   85: (5f) r4 &= r3
   86: (18) r3 = 0x8080808080808080
   88: (5f) r3 &= r4
   89: (bf) r8 = r3
   90: (87) r8 = -r8
   91: (5f) r8 &= r3
   92: (bf) r4 = r8
   93: (07) r4 += -1
   94: (c7) r4 s>>= 63
   95: (77) r8 >>= 7
   96: (07) r8 += -1
   97: (5f) r8 &= r5
   98: (5f) r0 &= r4
   99: (18) r5 = 0xfefefefefefefeff
  101: (0f) r5 += r0
  102: (bf) r4 = r0
  103: (a7) r4 ^= -1
  104: (5f) r5 &= r4
  105: (18) r4 = 0x8080808080808080
  107: (5f) r4 &= r5
  108: (bf) r9 = r4
  109: (87) r9 = -r9
  110: (5f) r9 &= r4
  111: (77) r9 >>= 7
  112: (07) r9 += -1
  113: (5f) r9 &= r0
  114: (7b) *(u64 *)(r10 -32) = r8
  115: (7b) *(u64 *)(r10 -24) = r9
  116: (7b) *(u64 *)(r10 -16) = r7
  117: (18) r0 = 0x9e3779b97f4a7c15
  119: (2f) r0 *= r8
  120: (af) r0 ^= r9
  121: (18) r5 = 0x9e3779b97f4a7c15
  123: (2f) r5 *= r0
  124: (af) r5 ^= r7
  125: (18) r0 = 0x9e3779b97f4a7c15
  127: (2f) r0 *= r5
  128: (77) r0 >>= 56
  129: (63) *(u32 *)(r10 -40) = r0
  130: (18) r1 = map cache_us
  132: (bf) r2 = r10
  133: (07) r2 += -40
  134: (85) call bpf_map_lookup_elem#1
  135: (15) if r0 == 0x0 goto L161
  136: (79) r5 = *(u64 *)(r0 +0)
  137: (55) if r5 != 0x7fffffff goto L148
  138: (79) r5 = *(u64 *)(r0 +8)
  139: (af) r5 ^= r8
  140: (79) r4 = *(u64 *)(r0 +16)
  141: (af) r4 ^= r9
  142: (4f) r5 |= r4
  143: (79) r4 = *(u64 *)(r0 +24)
  144: (af) r4 ^= r7
  145: (4f) r5 |= r4
  146: (15) if r5 == 0x0 goto L157
  147: (05) goto L161
L148:
  148: (55) if r5 != 0x0 goto L161
  149: (b7) r5 = 1
  150: (db) lock *(u64 *)(r0 +0) += r5
  151: (79) r5 = *(u64 *)(r0 +0)
  152: (55) if r5 != 0x1 goto L161
  153: (7b) *(u64 *)(r0 +8) = r8
  154: (7b) *(u64 *)(r0 +16) = r9
  155: (7b) *(u64 *)(r0 +24) = r7
  156: (7a) *(u64 *)(r0 +0) = 2147483647
L157:
  157: (79) r5 = *(u64 *)(r0 +32)
  158: (07) r5 += 1
  159: (7b) *(u64 *)(r0 +32) = r5
  160: (05) goto L170
L161:
  161: (18) r1 = map @us
  163: (bf) r2 = r10
  164: (07) r2 += -32
  165: (85) call bpf_map_lookup_elem#1
  166: (15) if r0 == 0x0 goto L186
  167: (79) r5 = *(u64 *)(r0 +0)
  168: (07) r5 += 1
  169: (7b) *(u64 *)(r0 +0) = r5
L170:
  ; stdin:4:18  tid
  170: (85) call bpf_get_current_pid_tgid#14
  ; stdin:4:3  delete(@start, tid)
  171: (63) *(u32 *)(r10 -40) = r0
  172: (18) r1 = map @start
  174: (bf) r2 = r10
  175: (07) r2 += -40
  176: (85) call bpf_map_delete_elem#3
L177:
  ; stdin:2:1  kretprobe:vfs_read
  177: (b7) r0 = 0
  178: (95) exit
L179:
  179: (79) r0 = *(u64 *)(r6 +8)
  180: (07) r0 += 1
  181: (7b) *(u64 *)(r6 +8) = r0
  182: (b7) r0 = 0
  183: (95) exit
L184:
  ; stdin:3:29  @start[tid]
  184: (b7) r0 = 0
  185: (05) goto L32
L186:
  ; stdin:3:3  @us[comm] = hist((nsecs - @start[tid]) / 1000)
  186: (7a) *(u64 *)(r10 -48) = 1
  187: (18) r1 = map @us
  189: (bf) r2 = r10
  190: (07) r2 += -32
  191: (bf) r3 = r10
  192: (07) r3 += -48
  193: (b7) r4 = 0
  194: (85) call bpf_map_update_elem#2
  195: (bf) r7 = r0
  196: (15) if r7 == 0x0 goto L170
  197: (67) r7 <<= 32
  198: (c7) r7 s>>= 32
  199: (79) r0 = *(u64 *)(r6 +32)
  200: (07) r0 += 1
  201: (7b) *(u64 *)(r6 +32) = r0
  202: (55) if r7 != 0xfffffff9 goto L170
  203: (79) r0 = *(u64 *)(r6 +32)
  204: (55) if r0 != 0x1 goto L170
  205: (18) r1 = map ring
  207: (b7) r2 = 16
  208: (b7) r3 = 0
  209: (85) call bpf_ringbuf_reserve#131
  210: (55) if r0 != 0x0 goto L215
  211: (79) r0 = *(u64 *)(r6 +24)
  212: (07) r0 += 1
  213: (7b) *(u64 *)(r6 +24) = r0
  214: (05) goto L170
L215:
  215: (62) *(u32 *)(r0 +0) = 1
  216: (7b) *(u64 *)(r0 +8) = r7
  217: (bf) r1 = r0
  218: (b7) r2 = 0
  219: (85) call bpf_ringbuf_submit#132
  220: (79) r0 = *(u64 *)(r6 +16)
  221: (07) r0 += 1
  222: (7b) *(u64 *)(r6 +16) = r0
  223: (05) goto L170
