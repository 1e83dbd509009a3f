#include "bpf.h"
/* A static callback, a prog array with initial values, a map in a map, a lock in a value. */
struct lock { __u32 value; };
struct bpf_spin_lock { __u32 value; };
struct guarded { __u64 number; struct bpf_spin_lock lock; };
struct inner {
  __uint(type, 2);
  __uint(max_entries, 3);
  __type(key, __u32);
  __type(value, __u64);
} one SEC(".maps");
struct {
  __uint(type, 12);
  __uint(max_entries, 2);
  __type(key, __u32);
  __array(values, struct inner);
} outer SEC(".maps") = {.values = {[1] = &one}};
struct {
  __uint(type, 1);
  __uint(max_entries, 8);
  __uint(pinning, 1);
  __type(key, __u32);
  __type(value, struct guarded);
} locked SEC(".maps");
int next(struct __sk_buff *skb);
struct {
  __uint(type, 3);
  __uint(max_entries, 2);
  __uint(key_size, 4);
  __array(values, int(void *));
} jumps SEC(".maps") = {.values = {[0] = (void *)&next}};

static int add(__u64 index, void *context)
{
  *(__u64 *)context += index;
  return 0;
}
SEC("socket") int sum(struct __sk_buff *skb)
{
  __u64 total = 0;
  bpf_loop(5, add, &total, 0);
  return total;
}
SEC("tc") int next(struct __sk_buff *skb) { return 7; }
SEC("tc") int jump(struct __sk_buff *skb)
{
  __u32 key = 0;
  bpf_map_lookup_elem(&outer, &key);
  bpf_map_lookup_elem(&locked, &key);
  bpf_tail_call(skb, &jumps, 0);
  return 1;
}
char _license[] SEC("license") = "GPL";
