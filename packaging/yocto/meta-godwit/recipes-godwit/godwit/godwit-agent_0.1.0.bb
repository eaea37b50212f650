SUMMARY = "Telemetry agent for small machines on bad links"
LICENSE = "Apache-2.0"
# The sources are a checkout: set GODWIT_SOURCE to its folder, in local.conf.
GODWIT_SOURCE ?= ""
inherit externalsrc cmake pkgconfig systemd useradd
EXTERNALSRC = "${GODWIT_SOURCE}"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57"

DEPENDS = "abseil-cpp cli11 fmt grpc grpc-native libuv nlohmann-json openssl protobuf protobuf-native re2 spdlog \
           xxhash zstd python3-native"

# Only the agent, linked with the image's own libraries.
EXTRA_OECMAKE = "-DGODWIT_STATIC_AGENT=OFF -DBUILD_TESTING=OFF -Dunit_folder=lib/systemd/system"
OECMAKE_TARGET_COMPILE = "godwit-agent"

do_install() {
    DESTDIR=${D} cmake --install ${B} --component agent
    # An image does not need Debian's documents.
    rm -rf ${D}${datadir}/doc ${D}${datadir}/lintian
}

SYSTEMD_SERVICE:${PN} = "godwit-agent.service"
USERADD_PACKAGES = "${PN}"
USERADD_PARAM:${PN} = "--system --home-dir /var/lib/godwit --no-create-home --shell /sbin/nologin --user-group godwit"
CONFFILES:${PN} = "${sysconfdir}/godwit/agent.toml"
FILES:${PN} += "${nonarch_libdir}/sysusers.d ${nonarch_libdir}/tmpfiles.d ${datadir}/godwit \
                ${datadir}/bash-completion ${datadir}/zsh"
