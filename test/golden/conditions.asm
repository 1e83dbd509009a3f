program interval_1: perf_event, 39 instructions
interval_1:
  ; stdin:1:1  interval:s:1
    0: (62) *(u32 *)(r10 -20) = 0
    1: (18) r1 = map frame
    3: (bf) r2 = r10
    4: (07) r2 += -20
    5: (85) call bpf_map_lookup_elem#1
    6: (15) if r0 == 0x0 goto L37
    7: (79) r5 = *(u64 *)(r0 +0)
    8: (07) r5 += 1
    9: (7b) *(u64 *)(r0 +0) = r5
  ; stdin:2:8  pid
   10: (85) call bpf_get_current_pid_tgid#14
   11: (bf) r6 = r0
   12: (77) r6 >>= 32
  ; stdin:3:6  ($x > 5 && $x < 10 || comm == "init")
   13: (b5) if r6 <= 0x5 goto L15
   14: (a5) if r6 < 0xa goto L24
L15:
   15: (85) call bpf_get_current_task_btf#158
   16: (79) r5 = *(u64 *)(r0 +0)                  ; offset(struct task_struct.comm)
   17: (79) r0 = *(u64 *)(r0 +8)                  ; offset(struct task_struct.comm)
   18: (7b) *(u64 *)(r10 -16) = r5
   19: (7b) *(u64 *)(r10 -8) = r0
   20: (61) r0 = *(u32 *)(r10 -16)
   21: (55) if r0 != 0x74696e69 goto L30
   22: (71) r0 = *(u8 *)(r10 -12)
   23: (55) if r0 != 0x0 goto L30
L24:
  ; stdin:3:46  @yes++
   24: (18) r0 = &@yes[0]
   26: (79) r5 = *(u64 *)(r0 +0)
   27: (07) r5 += 1
   28: (7b) *(u64 *)(r0 +0) = r5
  ; stdin:3:3  if ($x > 5 && $x < 10 || comm == "init") { @yes++; } else { @no = $x ? -1 : 7; }
   29: (05) goto L37
L30:
  ; stdin:3:69  $x
   30: (15) if r6 == 0x0 goto L33
   31: (b7) r0 = -1
   32: (05) goto L34
L33:
  ; stdin:3:69  $x ? -1 : 7
   33: (b7) r0 = 7
L34:
  ; stdin:3:63  @no = $x ? -1 : 7
   34: (18) r5 = &@no[0]
   36: (73) *(u8 *)(r5 +0) = r0
L37:
  ; stdin:1:1  interval:s:1
   37: (b7) r0 = 0
   38: (95) exit
