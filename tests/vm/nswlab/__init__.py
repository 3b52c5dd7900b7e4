# SPDX-License-Identifier: GPL-2.0
"""The lab: guests that swap over the network, each run with a verdict."""
