// SPDX-License-Identifier: GPL-2.0
/*
 * audit_driver.c - which NIC drivers can refill their receive ring from the
 * reserves.
 *
 * A reply can only arrive if the ring has a buffer for it.  Pages from
 * dev_alloc_pages() (it adds __GFP_MEMALLOC, include/linux/skbuff.h:3517)
 * and skbs from netdev_alloc_skb() and napi_alloc_skb() (they add it while
 * memalloc sockets exist, net/core/skbuff.c:754, 834) may come from the
 * reserves.  Pages from page_pool (GFP_ATOMIC, include/net/page_pool/
 * helpers.h:94, 114), from napi_alloc_frag() (net/core/skbuff.c:321) and
 * from plain alloc_page(GFP_ATOMIC) may not.
 *
 * Every row was read in Linux 6.12.117, below drivers/net/ethernet unless
 * said; the note says where.  The number is that of the 6.x in which the driver
 * got native XDP (ndo_bpf), 1 for 6.1 and before, 0 for none.
 */
#include <string.h>

#include "audit.h"

#define RESERVE(name, xdp, note)	{ name, AUDIT_RX_RESERVE, xdp, note }
#define PARTLY(name, xdp, note)		{ name, AUDIT_RX_PARTLY, xdp, note }
#define NONE(name, xdp, note)		{ name, AUDIT_RX_NONE, xdp, note }

const struct audit_driver audit_drivers[] = {
	RESERVE("atlantic", 1,
		"dev_alloc_pages, aquantia/atlantic/aq_ring.c:60"),
	RESERVE("bcmgenet", 0,
		"__netdev_alloc_skb, broadcom/genet/bcmgenet.c:2217"),
	RESERVE("ena", 1, "dev_alloc_page, amazon/ena/ena_netdev.c:509"),
	RESERVE("fm10k", 0, "dev_alloc_page, intel/fm10k/fm10k_main.c:85"),
	RESERVE("hv_netvsc", 1, "copies from a fixed buffer to napi_alloc_skb, "
		"drivers/net/hyperv/netvsc_drv.c:781"),
	RESERVE("i40e", 1, "dev_alloc_pages, intel/i40e/i40e_txrx.c:1638"),
	RESERVE("ice", 1, "dev_alloc_pages, intel/ice/ice_txrx.c:681"),
	RESERVE("igb", 1, "dev_alloc_pages, intel/igb/igb_main.c:9040"),
	RESERVE("igc", 1, "dev_alloc_pages, intel/igc/igc_main.c:2196"),
	RESERVE("ixgbe", 1, "dev_alloc_pages, intel/ixgbe/ixgbe_main.c:1567"),
	RESERVE("ixgbevf", 1,
		"dev_alloc_pages, intel/ixgbevf/ixgbevf_main.c:619"),
	RESERVE("lan78xx", 0,
		"copies to napi_alloc_skb, drivers/net/usb/lan78xx.c:3644"),
	RESERVE("macb", 0, "netdev_alloc_skb, cadence/macb_main.c:1414"),
	RESERVE("mlx4_core", 1,
		"GFP_ATOMIC | __GFP_MEMALLOC, mellanox/mlx4/en_rx.c:561"),
	RESERVE("r8152", 0,
		"copies to napi_alloc_skb, drivers/net/usb/r8152.c:2631"),
	RESERVE("r8169", 0, "copies from a fixed ring to napi_alloc_skb, "
		"realtek/r8169_main.c:4682"),
	RESERVE("ax88179_178a", 0,
		"usbnet __netdev_alloc_skb, drivers/net/usb/usbnet.c:509"),
	RESERVE("cdc_ether", 0,
		"usbnet __netdev_alloc_skb, drivers/net/usb/usbnet.c:509"),
	RESERVE("cdc_ncm", 0,
		"usbnet __netdev_alloc_skb, drivers/net/usb/usbnet.c:509"),
	RESERVE("smsc95xx", 0,
		"usbnet __netdev_alloc_skb, drivers/net/usb/usbnet.c:509"),

	PARTLY("e1000e", 0,
	       "netdev_alloc_skb up to MTU 1500, intel/e1000e/netdev.c:668, "
	       "but alloc_page above it, 743, 854"),
	PARTLY("vmxnet3", 6,
	       "netdev_alloc_skb, drivers/net/vmxnet3/vmxnet3_drv.c:1737, "
	       "but alloc_page for large packets, 1827"),
	PARTLY("sky2", 0,
	       "netdev_alloc_skb, marvell/sky2.c:1446, but alloc_page for "
	       "jumbo frames, 1466"),

	NONE("be2net", 0,
	     "alloc_pages(GFP_ATOMIC), emulex/benet/be_main.c:2586, 3260"),
	NONE("bnx2", 0, "kmalloc(GFP_ATOMIC), broadcom/bnx2.c:2771, 3032"),
	NONE("bnx2x", 0, "napi_alloc_frag, broadcom/bnx2x/bnx2x_cmn.c:703"),
	NONE("bnxt_en", 1, "page_pool, broadcom/bnxt/bnxt.c:883"),
	NONE("cxgb4", 0,
	     "alloc_pages_node(GFP_ATOMIC), chelsio/cxgb4/sge.c:592"),
	NONE("e1000", 0, "netdev_alloc_frag, intel/e1000/e1000_main.c:2069"),
	NONE("fec", 2, "page_pool, freescale/fec_main.c:1632"),
	NONE("gve", 4, "alloc_page(GFP_ATOMIC), google/gve/gve_rx.c:165, "
	     "gve_rx_dqo.c:173"),
	NONE("hns3", 0, "page_pool, hisilicon/hns3/hns3_enet.c:3390"),
	NONE("iavf", 0, "page_pool, include/net/libeth/rx.h:105"),
	NONE("idpf", 0, "page_pool, include/net/libeth/rx.h:105"),
	NONE("ionic", 9, "page_pool, pensando/ionic/ionic_txrx.c:830"),
	NONE("iwlwifi", 0, "alloc_pages(GFP_ATOMIC), "
	     "drivers/net/wireless/intel/iwlwifi/pcie/rx.c:391"),
	NONE("mana", 1, "page_pool, microsoft/mana/mana_en.c:1634"),
	NONE("mlx5_core", 1, "page_pool, mellanox/mlx5/core/en_rx.c:281"),
	NONE("mvneta", 1, "page_pool, marvell/mvneta.c:1943"),
	NONE("mvpp2", 1, "page_pool or netdev_alloc_frag, "
	     "marvell/mvpp2/mvpp2_main.c:364, 367"),
	NONE("netsec", 1, "page_pool, socionext/netsec.c:742"),
	NONE("qede", 1, "alloc_pages(GFP_ATOMIC), qlogic/qede/qede_fp.c:44"),
	NONE("sfc", 1, "alloc_pages(GFP_ATOMIC), sfc/rx_common.c:386"),
	NONE("stmmaceth", 1, "page_pool, stmicro/stmmac/stmmac_main.c:4849"),
	NONE("tg3", 0, "napi_alloc_frag, broadcom/tg3.c:6730"),
	NONE("vif", 1, "page_pool, drivers/net/xen-netfront.c:281"),
	NONE("virtio_net", 1, "skb_page_frag_refill(GFP_ATOMIC), "
	     "drivers/net/virtio_net.c:2485, 2590"),
	{ NULL, AUDIT_RX_UNKNOWN, 0, NULL }
};

const struct audit_driver *audit_find_driver(const char *name)
{
	const struct audit_driver *d;

	for (d = audit_drivers; d->name; d++)
		if (!strcmp(d->name, name))
			return d;
	/* the glue drivers of stmmac: dwmac-rk, meson8b-dwmac, ... */
	if (strstr(name, "dwmac"))
		return audit_find_driver("stmmaceth");
	return NULL;
}
