// Which of gRPC's plugins are in the one-file agent: those of a client that dials one name over
// TLS.
//
// gRPC registers all it has by grpc_core::BuildCoreConfiguration, and so an archive of it drags in
// xDS, RLS, grpclb, RBAC and fault injection: 2.1 MB of x86-64 that nothing here can reach. A
// definition of that function in the program stands in front of the archive's, and leaves the rest
// behind. What is kept is named as in gRPC 1.51's src/core/plugin_registry/grpc_plugin_registry.cc;
// the build takes this file for that version only (agent/CMakeLists.txt).

// gRPC's own names; its headers for them are not installed.
namespace grpc_core {
class CoreConfiguration {
 public:
  class Builder;
};
}  // namespace grpc_core

namespace grpc_event_engine::experimental {
void RegisterEventEngineChannelArgPreconditioning(grpc_core::CoreConfiguration::Builder* builder);
}  // namespace grpc_event_engine::experimental

namespace grpc_core {

using Plugins = CoreConfiguration::Builder*;

void BuildClientChannelConfiguration(Plugins builder);
void RegisterAresDnsResolver(Plugins builder);
void RegisterBuiltins(Plugins builder);
void RegisterChannelIdleFilters(Plugins builder);
void RegisterClientAuthorityFilter(Plugins builder);
void RegisterDeadlineFilter(Plugins builder);
void RegisterHttpFilters(Plugins builder);
void RegisterMessageSizeFilter(Plugins builder);
void RegisterPickFirstLbPolicy(Plugins builder);
void RegisterResourceQuota(Plugins builder);
void RegisterSecurityFilters(Plugins builder);
void RegisterServiceConfigChannelArgFilter(Plugins builder);
void RegisterSockaddrResolver(Plugins builder);
void RegisterTCPConnectHandshaker(Plugins builder);
void SecurityRegisterHandshakerFactories(Plugins builder);

void BuildCoreConfiguration(Plugins builder);

// In the archive's order: filters of one priority run in the order of their registration.
void BuildCoreConfiguration(Plugins builder) {
  grpc_event_engine::experimental::RegisterEventEngineChannelArgPreconditioning(builder);
  RegisterTCPConnectHandshaker(builder);
  RegisterPickFirstLbPolicy(builder);
  BuildClientChannelConfiguration(builder);
  SecurityRegisterHandshakerFactories(builder);
  RegisterClientAuthorityFilter(builder);
  RegisterChannelIdleFilters(builder);
  RegisterHttpFilters(builder);
  RegisterDeadlineFilter(builder);
  RegisterMessageSizeFilter(builder);
  RegisterServiceConfigChannelArgFilter(builder);
  RegisterResourceQuota(builder);
  RegisterAresDnsResolver(builder);
  RegisterSockaddrResolver(builder);
  RegisterSecurityFilters(builder);
  RegisterBuiltins(builder);
}

}  // namespace grpc_core
