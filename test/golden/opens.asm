program tracepoint_1: tracepoint, 58 instructions
tracepoint_1:
    0: (bf) r6 = r1
  ; stdin:1:1  tracepoint:syscalls:sys_enter_openat
    1: (62) *(u32 *)(r10 -20) = 0
    2: (18) r1 = map frame
    4: (bf) r2 = r10
    5: (07) r2 += -20
    6: (85) call bpf_map_lookup_elem#1
    7: (bf) r7 = r0
    8: (15) if r7 == 0x0 goto L46
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
   19: (15) if r8 == 0x0 goto L48
   20: (62) *(u32 *)(r8 +0) = 0
   21: (85) call bpf_get_current_task_btf#158
   22: (79) r5 = *(u64 *)(r0 +0)                  ; offset(struct task_struct.comm)
   23: (79) r0 = *(u64 *)(r0 +8)                  ; offset(struct task_struct.comm)
   24: (7b) *(u64 *)(r10 -16) = r5
   25: (7b) *(u64 *)(r10 -8) = r0
   26: (61) r0 = *(u32 *)(r10 -16)
   27: (63) *(u32 *)(r8 +4) = r0
   28: (61) r0 = *(u32 *)(r10 -12)
   29: (63) *(u32 *)(r8 +8) = r0
   30: (61) r0 = *(u32 *)(r10 -8)
   31: (63) *(u32 *)(r8 +12) = r0
   32: (61) r0 = *(u32 *)(r10 -4)
   33: (63) *(u32 *)(r8 +16) = r0
   34: (bf) r1 = r8
   35: (07) r1 += 20
   36: (b7) r2 = 64
   37: (bf) r3 = r6
   38: (85) call bpf_probe_read_user_str#114
   39: (d5) if r0 s<= 0x0 goto L52
L40:
   40: (bf) r1 = r8
   41: (b7) r2 = 0
   42: (85) call bpf_ringbuf_submit#132
   43: (79) r0 = *(u64 *)(r7 +16)
   44: (07) r0 += 1
   45: (7b) *(u64 *)(r7 +16) = r0
L46:
  ; stdin:1:1  tracepoint:syscalls:sys_enter_openat
   46: (b7) r0 = 1
   47: (95) exit
L48:
  ; stdin:1:40  printf("%s %s\n", comm, str(args.filename, 63))
   48: (79) r0 = *(u64 *)(r7 +24)
   49: (07) r0 += 1
   50: (7b) *(u64 *)(r7 +24) = r0
   51: (05) goto L46
L52:
   52: (72) *(u8 *)(r8 +20) = 0
   53: (15) if r0 == 0x0 goto L40
   54: (79) r0 = *(u64 *)(r7 +48)
   55: (07) r0 += 1
   56: (7b) *(u64 *)(r7 +48) = r0
   57: (05) goto L40
