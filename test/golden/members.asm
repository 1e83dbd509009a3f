program begin_1: raw_tracepoint, 102 instructions
begin_1:
  ; stdin:1:1  begin
    0: (62) *(u32 *)(r10 -52) = 0
    1: (18) r1 = map frame
    3: (bf) r2 = r10
    4: (07) r2 += -52
    5: (85) call bpf_map_lookup_elem#1
    6: (bf) r6 = r0
    7: (15) if r6 == 0x0 goto L74
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
   19: (c5) if r0 s< 0x0 goto L76
L20:
   20: (61) r0 = *(u32 *)(r10 -8)
   21: (7b) *(u64 *)(r10 -40) = r0
  ; stdin:3:52  $task->mm
   22: (bf) r3 = r7
   23: (07) r3 += 24                              ; offset(struct task_struct.mm)
   24: (bf) r1 = r10
   25: (07) r1 += -16
   26: (b7) r2 = 8
   27: (85) call bpf_probe_read_kernel#113
   28: (c5) if r0 s< 0x0 goto L80
L29:
   29: (79) r3 = *(u64 *)(r10 -16)
  ; stdin:3:52  $task->mm->map_count
   30: (07) r3 += 8                               ; offset(struct mm_struct.map_count)
   31: (bf) r1 = r10
   32: (07) r1 += -24
   33: (b7) r2 = 4
   34: (85) call bpf_probe_read_kernel#113
   35: (c5) if r0 s< 0x0 goto L84
L36:
   36: (61) r0 = *(u32 *)(r10 -24)
   37: (7b) *(u64 *)(r10 -48) = r0
  ; stdin:3:74  $task->flags
   38: (bf) r3 = r7
   39: (07) r3 += 32                              ; offset(struct task_struct.flags)
   40: (bf) r1 = r10
   41: (07) r1 += -32
   42: (b7) r2 = 4
   43: (85) call bpf_probe_read_kernel#113
   44: (c5) if r0 s< 0x0 goto L88
L45:
   45: (61) r8 = *(u32 *)(r10 -32)
   46: (67) r8 <<= 61
   47: (c7) r8 s>>= 61
  ; stdin:3:3  printf("%d %s %d %d\n", $task->pid, $task->comm, $task->mm->map_count, $task->flags)
   48: (18) r1 = map ring
   50: (b7) r2 = 32
   51: (b7) r3 = 0
   52: (85) call bpf_ringbuf_reserve#131
   53: (bf) r9 = r0
   54: (15) if r9 == 0x0 goto L92
   55: (62) *(u32 *)(r9 +0) = 0
   56: (79) r0 = *(u64 *)(r10 -40)
   57: (63) *(u32 *)(r9 +4) = r0
   58: (bf) r1 = r9
   59: (07) r1 += 8
   60: (07) r7 += 8                               ; offset(struct task_struct.comm)
   61: (b7) r2 = 16
   62: (bf) r3 = r7
   63: (85) call bpf_probe_read_kernel_str#115
   64: (d5) if r0 s<= 0x0 goto L96
L65:
   65: (79) r0 = *(u64 *)(r10 -48)
   66: (63) *(u32 *)(r9 +24) = r0
   67: (63) *(u32 *)(r9 +28) = r8
   68: (bf) r1 = r9
   69: (b7) r2 = 0
   70: (85) call bpf_ringbuf_submit#132
   71: (79) r0 = *(u64 *)(r6 +16)
   72: (07) r0 += 1
   73: (7b) *(u64 *)(r6 +16) = r0
L74:
  ; stdin:1:1  begin
   74: (b7) r0 = 0
   75: (95) exit
L76:
  ; stdin:3:27  $task->pid
   76: (79) r0 = *(u64 *)(r6 +48)
   77: (07) r0 += 1
   78: (7b) *(u64 *)(r6 +48) = r0
   79: (05) goto L20
L80:
  ; stdin:3:52  $task->mm
   80: (79) r0 = *(u64 *)(r6 +48)
   81: (07) r0 += 1
   82: (7b) *(u64 *)(r6 +48) = r0
   83: (05) goto L29
L84:
  ; stdin:3:52  $task->mm->map_count
   84: (79) r0 = *(u64 *)(r6 +48)
   85: (07) r0 += 1
   86: (7b) *(u64 *)(r6 +48) = r0
   87: (05) goto L36
L88:
  ; stdin:3:74  $task->flags
   88: (79) r0 = *(u64 *)(r6 +48)
   89: (07) r0 += 1
   90: (7b) *(u64 *)(r6 +48) = r0
   91: (05) goto L45
L92:
  ; stdin:3:3  printf("%d %s %d %d\n", $task->pid, $task->comm, $task->mm->map_count, $task->flags)
   92: (79) r0 = *(u64 *)(r6 +24)
   93: (07) r0 += 1
   94: (7b) *(u64 *)(r6 +24) = r0
   95: (05) goto L74
L96:
   96: (72) *(u8 *)(r9 +8) = 0
   97: (15) if r0 == 0x0 goto L65
   98: (79) r0 = *(u64 *)(r6 +48)
   99: (07) r0 += 1
  100: (7b) *(u64 *)(r6 +48) = r0
  101: (05) goto L65
