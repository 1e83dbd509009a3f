#include "bpf.h"
/* Counts packets by their first byte; global data of all three kinds; functions in .text. */
struct entry { __u64 packets; __u64 bytes; };
struct {
  __uint(type, 1);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, struct entry);
} counts SEC(".maps");
struct {
  __uint(type, 2);
  __uint(max_entries, 4);
  __uint(map_flags, 0);
  __uint(key_size, 4);
  __uint(value_size, 8);
} totals SEC(".maps");

const volatile __u32 limit = 100;
volatile __u64 seen = 40;
volatile __u32 last;

static __noinline int account(__u32 key, __u64 bytes)
{
  struct entry first = {1, bytes};
  struct entry *entry = bpf_map_lookup_elem(&counts, &key);
  if (!entry)
    return bpf_map_update_elem(&counts, &key, &first, 0);
  __sync_fetch_and_add(&entry->packets, 1);
  entry->bytes += bytes;
  return 0;
}

__noinline int is_long(__u64 bytes) { return bytes > limit; }

SEC("xdp") int count(struct xdp_md *ctx)
{
  __u8 *data = (void *)(long)ctx->data;
  __u8 *end = (void *)(long)ctx->data_end;
  if (data + 1 > end)
    return 1;
  seen += 2;
  last = *data;
  if (is_long(end - data))
    return 0;
  account(*data, end - data);
  data[0] = 0xee;
  return 2;
}

SEC("?tc") int pass(struct __sk_buff *skb)
{
  __u32 key = 1;
  __u64 *total = bpf_map_lookup_elem(&totals, &key);
  if (total)
    *total += skb->len;
  return 0;
}
char _license[] SEC("license") = "GPL";
