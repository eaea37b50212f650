################################################################################
#
# godwit-agent
#
################################################################################

# From the checkout that this external tree lies in.
GODWIT_AGENT_VERSION = 0.1.0
GODWIT_AGENT_SITE = $(BR2_EXTERNAL_GODWIT_PATH)/../..
GODWIT_AGENT_SITE_METHOD = local
GODWIT_AGENT_LICENSE = Apache-2.0
GODWIT_AGENT_LICENSE_FILES = LICENSE NOTICE
GODWIT_AGENT_DEPENDENCIES = \
	cli11 fmt grpc host-grpc host-protobuf libabseil-cpp libuv openssl \
	protobuf re2 spdlog xxhash zstd
GODWIT_AGENT_CONF_OPTS = -DGODWIT_STATIC_AGENT=OFF -DBUILD_TESTING=OFF
GODWIT_AGENT_MAKE_OPTS = godwit-agent

define GODWIT_AGENT_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(GODWIT_AGENT_BUILDDIR)/bin/godwit-agent $(TARGET_DIR)/usr/bin/godwit-agent
	$(INSTALL) -D -m 0644 $(@D)/config/agent.toml $(TARGET_DIR)/etc/godwit/agent.toml
endef

define GODWIT_AGENT_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(@D)/packaging/init/godwit-agent \
		$(TARGET_DIR)/etc/init.d/S60godwit-agent
endef

define GODWIT_AGENT_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(@D)/packaging/systemd/godwit-agent.service \
		$(TARGET_DIR)/usr/lib/systemd/system/godwit-agent.service
endef

define GODWIT_AGENT_USERS
	godwit -1 godwit -1 * /var/lib/godwit - - Godwit telemetry agent
endef

$(eval $(cmake-package))
