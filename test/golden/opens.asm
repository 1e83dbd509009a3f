program tracepoint_1: tracepoint, 50 instructions
tracepoint_1:
    0: (bf) r6 = r1
  ; stdin:1:1  tracepoint:syscalls:sys_enter_openat
    1: (62) *(u32 *)(r10 -4) = 0
    2: (18) r1 = map frame
    4: (bf) r2 = r10
    5: (07) r2 += -4
    6: (85) call bpf_map_lookup_elem#1
    7: (bf) r7 = r0
    8: (15) if r7 == 0x0 goto L38
    9: (79) r0 = *(u64 *)(r7 +0)
   10: (07) r0 += 1
   11: (7b) *(u64 *)(r7 +0) = r0
  ; stdin:1:68  args.filename
   12: (79) r6 = *(u64 *)(r6 +24)                 ; offset(syscalls:sys_enter_openat.filename)
  ; stdin:1:40  printf("%s %s\n", comm, str(args.filename, 63))
   13: (18) r1 = map ring
   15: (b7) r2 = 84
   16: (b7) r3 = 0
   17: (85) call bpf_ringbuf_reserve#131
   18: (bf) r8 = r0
   19: (15) if r8 == 0x0 goto L40
   20: (62) *(u32 *)(r8 +0) = 0
   21: (85) call bpf_get_current_task_btf#158
   22: (79) r5 = *(u64 *)(r0 +0)                  ; offset(struct task_struct.comm)
   23: (79) r0 = *(u64 *)(r0 +8)                  ; offset(struct task_struct.comm)
   24: (7b) *(u64 *)(r8 +4) = r5
   25: (7b) *(u64 *)(r8 +12) = r0
   26: (bf) r1 = r8
   27: (07) r1 += 20
   28: (b7) r2 = 64
   29: (bf) r3 = r6
   30: (85) call bpf_probe_read_user_str#114
   31: (d5) if r0 s<= 0x0 goto L44
L32:
   32: (bf) r1 = r8
   33: (b7) r2 = 0
   34: (85) call bpf_ringbuf_submit#132
   35: (79) r0 = *(u64 *)(r7 +16)
   36: (07) r0 += 1
   37: (7b) *(u64 *)(r7 +16) = r0
L38:
  ; stdin:1:1  tracepoint:syscalls:sys_enter_openat
   38: (b7) r0 = 1
   39: (95) exit
L40:
  ; stdin:1:40  printf("%s %s\n", comm, str(args.filename, 63))
   40: (79) r0 = *(u64 *)(r7 +24)
   41: (07) r0 += 1
   42: (7b) *(u64 *)(r7 +24) = r0
   43: (05) goto L38
L44:
   44: (72) *(u8 *)(r8 +20) = 0
   45: (15) if r0 == 0x0 goto L32
   46: (79) r0 = *(u64 *)(r7 +48)
   47: (07) r0 += 1
   48: (7b) *(u64 *)(r7 +48) = r0
   49: (05) goto L32
