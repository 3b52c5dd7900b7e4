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
 * said; the note says where.
 */
#include <string.h>

#include "audit.h"

#define RESERVE(name, note)	{ name, AUDIT_RX_RESERVE, note }
#define PARTLY(name, note)	{ name, AUDIT_RX_PARTLY, note }
#define NONE(name, note)	{ name, AUDIT_RX_NONE, note }

const struct audit_driver audit_drivers[] = {
	RESERVE("atlantic", "dev_alloc_pages, aquantia/atlantic/aq_ring.c:60"),
	RESERVE("bcmgenet", "__netdev_alloc_skb, "
		"broadcom/genet/bcmgenet.c:2217"),
	RESERVE("ena", "dev_alloc_page, amazon/ena/ena_netdev.c:509"),
	RESERVE("fm10k", "dev_alloc_page, intel/fm10k/fm10k_main.c:85"),
	RESERVE("hv_netvsc", "copies from a fixed buffer to napi_alloc_skb, "
		"drivers/net/hyperv/netvsc_drv.c:781"),
	RESERVE("i40e", "dev_alloc_pages, intel/i40e/i40e_txrx.c:1638"),
	RESERVE("ice", "dev_alloc_pages, intel/ice/ice_txrx.c:681"),
	RESERVE("igb", "dev_alloc_pages, intel/igb/igb_main.c:9040"),
	RESERVE("igc", "dev_alloc_pages, intel/igc/igc_main.c:2196"),
	RESERVE("ixgbe", "dev_alloc_pages, intel/ixgbe/ixgbe_main.c:1567"),
	RESERVE("ixgbevf", "dev_alloc_pages, intel/ixgbevf/ixgbevf_main.c:619"),
	RESERVE("lan78xx", "copies to napi_alloc_skb, "
		"drivers/net/usb/lan78xx.c:3644"),
	RESERVE("macb", "netdev_alloc_skb, cadence/macb_main.c:1414"),
	RESERVE("mlx4_core", "GFP_ATOMIC | __GFP_MEMALLOC, "
		"mellanox/mlx4/en_rx.c:561"),
	RESERVE("r8152", "copies to napi_alloc_skb, "
		"drivers/net/usb/r8152.c:2631"),
	RESERVE("r8169", "copies from a fixed ring to napi_alloc_skb, "
		"realtek/r8169_main.c:4682"),
	RESERVE("ax88179_178a", "usbnet __netdev_alloc_skb, "
		"drivers/net/usb/usbnet.c:509"),
	RESERVE("cdc_ether", "usbnet __netdev_alloc_skb, "
		"drivers/net/usb/usbnet.c:509"),
	RESERVE("cdc_ncm", "usbnet __netdev_alloc_skb, "
		"drivers/net/usb/usbnet.c:509"),
	RESERVE("smsc95xx", "usbnet __netdev_alloc_skb, "
		"drivers/net/usb/usbnet.c:509"),

	PARTLY("e1000e", "netdev_alloc_skb up to MTU 1500, "
	       "intel/e1000e/netdev.c:668, but alloc_page above it, 743, 854"),
	PARTLY("vmxnet3", "netdev_alloc_skb, drivers/net/vmxnet3/"
	       "vmxnet3_drv.c:1737, but alloc_page for large packets, 1827"),
	PARTLY("sky2", "netdev_alloc_skb, marvell/sky2.c:1446, "
	       "but alloc_page for jumbo frames, 1466"),

	NONE("be2net", "alloc_pages(GFP_ATOMIC), "
	     "emulex/benet/be_main.c:2586, 3260"),
	NONE("bnx2", "kmalloc(GFP_ATOMIC), broadcom/bnx2.c:2771, 3032"),
	NONE("bnx2x", "napi_alloc_frag, broadcom/bnx2x/bnx2x_cmn.c:703"),
	NONE("bnxt_en", "page_pool, broadcom/bnxt/bnxt.c:883"),
	NONE("cxgb4", "alloc_pages_node(GFP_ATOMIC), "
	     "chelsio/cxgb4/sge.c:592"),
	NONE("e1000", "netdev_alloc_frag, intel/e1000/e1000_main.c:2069"),
	NONE("fec", "page_pool, freescale/fec_main.c:1632"),
	NONE("gve", "alloc_page(GFP_ATOMIC), google/gve/gve_rx.c:165, "
	     "gve_rx_dqo.c:173"),
	NONE("hns3", "page_pool, hisilicon/hns3/hns3_enet.c:3390"),
	NONE("iavf", "page_pool, include/net/libeth/rx.h:105"),
	NONE("idpf", "page_pool, include/net/libeth/rx.h:105"),
	NONE("ionic", "page_pool, pensando/ionic/ionic_txrx.c:830"),
	NONE("iwlwifi", "alloc_pages(GFP_ATOMIC), drivers/net/wireless/"
	     "intel/iwlwifi/pcie/rx.c:391"),
	NONE("mana", "page_pool, microsoft/mana/mana_en.c:1634"),
	NONE("mlx5_core", "page_pool, mellanox/mlx5/core/en_rx.c:281"),
	NONE("mvneta", "page_pool, marvell/mvneta.c:1943"),
	NONE("mvpp2", "page_pool or netdev_alloc_frag, "
	     "marvell/mvpp2/mvpp2_main.c:364, 367"),
	NONE("netsec", "page_pool, socionext/netsec.c:742"),
	NONE("qede", "alloc_pages(GFP_ATOMIC), qlogic/qede/qede_fp.c:44"),
	NONE("sfc", "alloc_pages(GFP_ATOMIC), sfc/rx_common.c:386"),
	NONE("stmmaceth", "page_pool, stmicro/stmmac/stmmac_main.c:4849"),
	NONE("tg3", "napi_alloc_frag, broadcom/tg3.c:6730"),
	NONE("vif", "page_pool, drivers/net/xen-netfront.c:281"),
	NONE("virtio_net", "skb_page_frag_refill(GFP_ATOMIC), "
	     "drivers/net/virtio_net.c:2485, 2590"),
	{ NULL, AUDIT_RX_UNKNOWN, NULL }
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
