// Counts UDP packets by destination port and drops those to port 53. Compiled with
//   clang -target bpf -mcpu=v3 -O2 -g -c ports.c -o ports.o && llvm-strip -g ports.o
// No headers are needed; usual objects include <linux/bpf.h> and <bpf/bpf_helpers.h>.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct {
  int (*type)[1]; // BPF_MAP_TYPE_HASH
  int (*max_entries)[1024];
  u16 *key;
  u64 *value;
} packets SEC(".maps");

volatile u16 blocked = 53;

SEC("xdp") int ports(struct xdp_md *ctx)
{
  u8 *data = (void *)(u64)ctx->data;
  u8 *end = (void *)(u64)ctx->data_end;
  u64 one = 1, *count;
  u16 port;

  // Ethernet, IPv4 without options, UDP.
  if (data + 42 > end || data[12] != 8 || data[13] != 0 || data[14] != 0x45 || data[23] != 17)
    return 2;
  port = data[36] << 8 | data[37];
  count = bpf_map_lookup_elem(&packets, &port);
  if (count)
    __sync_fetch_and_add(count, 1);
  else
    bpf_map_update_elem(&packets, &port, &one, 0);
  return port == blocked ? 1 : 2;
}

// The same without the check of the length: what the verifier is for.
SEC("xdp/unchecked") int unchecked(struct xdp_md *ctx)
{
  u8 *data = (void *)(u64)ctx->data;
  return data[12] == 8 ? 2 : 1;
}

char _license[] SEC("license") = "GPL";
