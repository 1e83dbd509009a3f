program begin_1: raw_tracepoint, 49 instructions
begin_1:
  ; stdin:1:1  begin
    0: (62) *(u32 *)(r10 -4) = 0
    1: (18) r1 = map frame
    3: (bf) r2 = r10
    4: (07) r2 += -4
    5: (85) call bpf_map_lookup_elem#1
    6: (bf) r6 = r0
    7: (15) if r6 == 0x0 goto L39
    8: (79) r0 = *(u64 *)(r6 +0)
    9: (07) r0 += 1
   10: (7b) *(u64 *)(r6 +0) = r0
  ; stdin:1:9  printf("hello %d\n", 1)
   11: (18) r1 = map ring
   13: (b7) r2 = 8
   14: (b7) r3 = 0
   15: (85) call bpf_ringbuf_reserve#131
   16: (15) if r0 == 0x0 goto L41
   17: (62) *(u32 *)(r0 +0) = 0
   18: (72) *(u8 *)(r0 +4) = 1
   19: (bf) r1 = r0
   20: (b7) r2 = 0
   21: (85) call bpf_ringbuf_submit#132
   22: (79) r0 = *(u64 *)(r6 +16)
   23: (07) r0 += 1
   24: (7b) *(u64 *)(r6 +16) = r0
L25:
  ; stdin:1:34  exit()
   25: (18) r1 = map ring
   27: (b7) r2 = 16
   28: (b7) r3 = 0
   29: (85) call bpf_ringbuf_reserve#131
   30: (15) if r0 == 0x0 goto L45
   31: (62) *(u32 *)(r0 +0) = 1
   32: (7a) *(u64 *)(r0 +8) = 0
   33: (bf) r1 = r0
   34: (b7) r2 = 0
   35: (85) call bpf_ringbuf_submit#132
   36: (79) r0 = *(u64 *)(r6 +16)
   37: (07) r0 += 1
   38: (7b) *(u64 *)(r6 +16) = r0
L39:
  ; stdin:1:1  begin
   39: (b7) r0 = 0
   40: (95) exit
L41:
  ; stdin:1:9  printf("hello %d\n", 1)
   41: (79) r0 = *(u64 *)(r6 +24)
   42: (07) r0 += 1
   43: (7b) *(u64 *)(r6 +24) = r0
   44: (05) goto L25
L45:
  ; stdin:1:34  exit()
   45: (79) r0 = *(u64 *)(r6 +24)
   46: (07) r0 += 1
   47: (7b) *(u64 *)(r6 +24) = r0
   48: (05) goto L39
