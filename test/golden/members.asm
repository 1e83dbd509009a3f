program begin_1: raw_tracepoint, 105 instructions
begin_1:
  ; stdin:1:1  begin
    0: (62) *(u32 *)(r10 -52) = 0
    1: (18) r1 = map frame
    3: (bf) r2 = r10
    4: (07) r2 += -52
    5: (85) call bpf_map_lookup_elem#1
    6: (bf) r6 = r0
    7: (15) if r6 == 0x0 goto L77
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
   19: (c5) if r0 s< 0x0 goto L79
L20:
   20: (61) r0 = *(u32 *)(r10 -8)
   21: (7b) *(u64 *)(r10 -40) = r0
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
   30: (c5) if r0 s< 0x0 goto L83
L31:
   31: (79) r3 = *(u64 *)(r10 -16)
  ; stdin:3:52  $task->mm->map_count
   32: (07) r3 += 8                               ; offset(struct mm_struct.map_count)
   33: (bf) r1 = r10
   34: (07) r1 += -24
   35: (b7) r2 = 4
   36: (85) call bpf_probe_read_kernel#113
   37: (c5) if r0 s< 0x0 goto L87
L38:
   38: (61) r0 = *(u32 *)(r10 -24)
   39: (7b) *(u64 *)(r10 -48) = r0
  ; stdin:3:74  $task->flags
   40: (07) r7 += 32                              ; offset(struct task_struct.flags)
   41: (bf) r1 = r10
   42: (07) r1 += -32
   43: (b7) r2 = 4
   44: (bf) r3 = r7
   45: (85) call bpf_probe_read_kernel#113
   46: (c5) if r0 s< 0x0 goto L91
L47:
   47: (61) r7 = *(u32 *)(r10 -32)
   48: (67) r7 <<= 32
   49: (c7) r7 s>>= 32
   50: (67) r7 <<= 61
   51: (c7) r7 s>>= 61
  ; stdin:3:3  printf("%d %s %d %d\n", $task->pid, $task->comm, $task->mm->map_count, $task->flags)
   52: (18) r1 = map ring
   54: (b7) r2 = 32
   55: (b7) r3 = 0
   56: (85) call bpf_ringbuf_reserve#131
   57: (bf) r9 = r0
   58: (15) if r9 == 0x0 goto L95
   59: (62) *(u32 *)(r9 +0) = 0
   60: (79) r0 = *(u64 *)(r10 -40)
   61: (63) *(u32 *)(r9 +4) = r0
   62: (bf) r1 = r9
   63: (07) r1 += 8
   64: (b7) r2 = 16
   65: (bf) r3 = r8
   66: (85) call bpf_probe_read_kernel_str#115
   67: (d5) if r0 s<= 0x0 goto L99
L68:
   68: (79) r0 = *(u64 *)(r10 -48)
   69: (63) *(u32 *)(r9 +24) = r0
   70: (63) *(u32 *)(r9 +28) = r7
   71: (bf) r1 = r9
   72: (b7) r2 = 0
   73: (85) call bpf_ringbuf_submit#132
   74: (79) r0 = *(u64 *)(r6 +16)
   75: (07) r0 += 1
   76: (7b) *(u64 *)(r6 +16) = r0
L77:
  ; stdin:1:1  begin
   77: (b7) r0 = 0
   78: (95) exit
L79:
  ; stdin:3:27  $task->pid
   79: (79) r0 = *(u64 *)(r6 +48)
   80: (07) r0 += 1
   81: (7b) *(u64 *)(r6 +48) = r0
   82: (05) goto L20
L83:
  ; stdin:3:52  $task->mm
   83: (79) r0 = *(u64 *)(r6 +48)
   84: (07) r0 += 1
   85: (7b) *(u64 *)(r6 +48) = r0
   86: (05) goto L31
L87:
  ; stdin:3:52  $task->mm->map_count
   87: (79) r0 = *(u64 *)(r6 +48)
   88: (07) r0 += 1
   89: (7b) *(u64 *)(r6 +48) = r0
   90: (05) goto L38
L91:
  ; stdin:3:74  $task->flags
   91: (79) r0 = *(u64 *)(r6 +48)
   92: (07) r0 += 1
   93: (7b) *(u64 *)(r6 +48) = r0
   94: (05) goto L47
L95:
  ; stdin:3:3  printf("%d %s %d %d\n", $task->pid, $task->comm, $task->mm->map_count, $task->flags)
   95: (79) r0 = *(u64 *)(r6 +24)
   96: (07) r0 += 1
   97: (7b) *(u64 *)(r6 +24) = r0
   98: (05) goto L77
L99:
   99: (72) *(u8 *)(r9 +8) = 0
  100: (15) if r0 == 0x0 goto L68
  101: (79) r0 = *(u64 *)(r6 +48)
  102: (07) r0 += 1
  103: (7b) *(u64 *)(r6 +48) = r0
  104: (05) goto L68
