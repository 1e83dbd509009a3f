program begin_1: raw_tracepoint, 114 instructions
begin_1:
  ; stdin:1:1  begin
    0: (62) *(u32 *)(r10 -60) = 0
    1: (18) r1 = map frame
    3: (bf) r2 = r10
    4: (07) r2 += -60
    5: (85) call bpf_map_lookup_elem#1
    6: (bf) r6 = r0
    7: (15) if r6 == 0x0 goto L86
    8: (79) r0 = *(u64 *)(r6 +0)
    9: (07) r0 += 1
   10: (7b) *(u64 *)(r6 +0) = r0
  ; stdin:2:11  curtask
   11: (85) call bpf_get_current_task#35
   12: (bf) r7 = r0
  ; stdin:3:27  $task->pid
   13: (bf) r3 = r7
   14: (07) r3 += 0                               ; offset(struct task_struct.pid)
   15: (bf) r1 = r10
   16: (07) r1 += -8
   17: (b7) r2 = 4
   18: (85) call bpf_probe_read_kernel#113
   19: (c5) if r0 s< 0x0 goto L88
L20:
   20: (61) r0 = *(u32 *)(r10 -8)
   21: (7b) *(u64 *)(r10 -48) = r0
  ; stdin:3:39  $task->comm
   22: (bf) r8 = r7
   23: (07) r8 += 8                               ; offset(struct task_struct.comm)
  ; stdin:3:52  $task->mm
   24: (bf) r3 = r7
   25: (07) r3 += 24                              ; offset(struct task_struct.mm)
   26: (bf) r1 = r10
   27: (07) r1 += -16
   28: (b7) r2 = 8
   29: (85) call bpf_probe_read_kernel#113
   30: (c5) if r0 s< 0x0 goto L92
L31:
   31: (79) r3 = *(u64 *)(r10 -16)
  ; stdin:3:52  $task->mm->map_count
   32: (07) r3 += 8                               ; offset(struct mm_struct.map_count)
   33: (bf) r1 = r10
   34: (07) r1 += -24
   35: (b7) r2 = 4
   36: (85) call bpf_probe_read_kernel#113
   37: (c5) if r0 s< 0x0 goto L96
L38:
   38: (61) r0 = *(u32 *)(r10 -24)
   39: (7b) *(u64 *)(r10 -56) = r0
  ; stdin:3:74  $task->flags
   40: (07) r7 += 32                              ; offset(struct task_struct.flags)
   41: (bf) r1 = r10
   42: (07) r1 += -32
   43: (b7) r2 = 4
   44: (bf) r3 = r7
   45: (85) call bpf_probe_read_kernel#113
   46: (c5) if r0 s< 0x0 goto L100
L47:
   47: (61) r7 = *(u32 *)(r10 -32)
   48: (67) r7 <<= 61
   49: (c7) r7 s>>= 61
  ; stdin:3:3  printf("%d %s %d %d\n", $task->pid, $task->comm, $task->mm->map_count, $task->flags)
   50: (18) r1 = map ring
   52: (b7) r2 = 32
   53: (b7) r3 = 0
   54: (85) call bpf_ringbuf_reserve#131
   55: (bf) r9 = r0
   56: (15) if r9 == 0x0 goto L104
   57: (62) *(u32 *)(r9 +0) = 0
   58: (79) r0 = *(u64 *)(r10 -48)
   59: (63) *(u32 *)(r9 +4) = r0
   60: (bf) r1 = r9
   61: (07) r1 += 8
   62: (b7) r2 = 16
   63: (bf) r3 = r8
   64: (85) call bpf_probe_read_kernel_str#115
   65: (d5) if r0 s<= 0x0 goto L108
L66:
   66: (55) if r0 != 0x10 goto L77
   67: (7a) *(u64 *)(r10 -40) = 0
   68: (07) r8 += 15
   69: (bf) r1 = r10
   70: (07) r1 += -40
   71: (b7) r2 = 1
   72: (bf) r3 = r8
   73: (85) call bpf_probe_read_kernel#113
   74: (71) r0 = *(u8 *)(r10 -40)
   75: (15) if r0 == 0x0 goto L77
   76: (73) *(u8 *)(r9 +23) = r0
L77:
   77: (79) r0 = *(u64 *)(r10 -56)
   78: (63) *(u32 *)(r9 +24) = r0
   79: (63) *(u32 *)(r9 +28) = r7
   80: (bf) r1 = r9
   81: (b7) r2 = 0
   82: (85) call bpf_ringbuf_submit#132
   83: (79) r0 = *(u64 *)(r6 +16)
   84: (07) r0 += 1
   85: (7b) *(u64 *)(r6 +16) = r0
L86:
  ; stdin:1:1  begin
   86: (b7) r0 = 0
   87: (95) exit
L88:
  ; stdin:3:27  $task->pid
   88: (79) r0 = *(u64 *)(r6 +48)
   89: (07) r0 += 1
   90: (7b) *(u64 *)(r6 +48) = r0
   91: (05) goto L20
L92:
  ; stdin:3:52  $task->mm
   92: (79) r0 = *(u64 *)(r6 +48)
   93: (07) r0 += 1
   94: (7b) *(u64 *)(r6 +48) = r0
   95: (05) goto L31
L96:
  ; stdin:3:52  $task->mm->map_count
   96: (79) r0 = *(u64 *)(r6 +48)
   97: (07) r0 += 1
   98: (7b) *(u64 *)(r6 +48) = r0
   99: (05) goto L38
L100:
  ; stdin:3:74  $task->flags
  100: (79) r0 = *(u64 *)(r6 +48)
  101: (07) r0 += 1
  102: (7b) *(u64 *)(r6 +48) = r0
  103: (05) goto L47
L104:
  ; stdin:3:3  printf("%d %s %d %d\n", $task->pid, $task->comm, $task->mm->map_count, $task->flags)
  104: (79) r0 = *(u64 *)(r6 +24)
  105: (07) r0 += 1
  106: (7b) *(u64 *)(r6 +24) = r0
  107: (05) goto L86
L108:
  108: (72) *(u8 *)(r9 +8) = 0
  109: (15) if r0 == 0x0 goto L66
  110: (79) r5 = *(u64 *)(r6 +48)
  111: (07) r5 += 1
  112: (7b) *(u64 *)(r6 +48) = r5
  113: (05) goto L66
