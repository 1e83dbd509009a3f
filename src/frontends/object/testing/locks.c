#include "bpf.h"
/* Locks and timers in values, storage of sockets: maps that the kernel wants BTF for. */
static long (*bpf_spin_lock)(void *) = (void *)93;
static long (*bpf_spin_unlock)(void *) = (void *)94;
static long (*bpf_timer_init)(void *, void*, __u64) = (void *)169;
struct bpf_spin_lock { __u32 value; };
struct bpf_timer { __u64 :64; __u64 :64; } __attribute__((aligned(8)));
struct guarded { __u64 number; struct bpf_spin_lock lock; };
struct timed { __u64 number; struct bpf_timer t; };
struct { __uint(type, 1); __uint(max_entries, 8); __type(key, __u32); __type(value, struct guarded); } locked SEC(".maps");
struct { __uint(type, 2); __uint(max_entries, 8); __type(key, __u32); __type(value, struct timed); } timers SEC(".maps");
struct { __uint(type, 24); __uint(map_flags, 1); __type(key, int); __type(value, __u64); } storage SEC(".maps");
SEC("tc") int f(struct __sk_buff *skb)
{
  __u32 key = 0;
  struct guarded *g = bpf_map_lookup_elem(&locked, &key);
  struct timed *t = bpf_map_lookup_elem(&timers, &key);
  if (g) { bpf_spin_lock(&g->lock); g->number++; bpf_spin_unlock(&g->lock); }
  if (t) bpf_timer_init(&t->t, &timers, 1);
  return 0;
}
SEC("tc/ingress") int g(struct __sk_buff *skb)
{
  return bpf_map_lookup_elem(&locked, &skb) != 0;
}
char _license[] SEC("license") = "GPL";
