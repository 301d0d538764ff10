/// Formats of text that gateways, ingress controllers and proxies write.
extension FormatCatalogue {
  static let gatewayEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "Nginx Proxy Manager, proxy hosts",
      TextLayout(
        "nginx-proxy-manager",
        "[{time_local:clf}] {upstream_cache_status} {upstream_status:list} {status:status} - "
          + "{request_method|method:method} {scheme} {http_host|host} \"{request_uri|target:target}\" "
          + "[Client {remote_addr|remote_address}] [Length {body_bytes_sent:sent}] "
          + "[Gzip {gzip_ratio}] [Sent-to {server}] \"{http_user_agent|user_agent}\" "
          + "\"{http_referer|referer}\"", .end),
      source:
        "https://github.com/NginxProxyManager/nginx-proxy-manager/blob/develop/docker/rootfs/etc/nginx/conf.d/include/log-proxy.conf"
    ),
    CatalogueEntry(
      "Nginx Proxy Manager, other hosts",
      TextLayout(
        "nginx-proxy-manager-standard",
        "[{time_local:clf}] {status:status} - "
          + "{request_method|method:method} {scheme} {http_host|host} \"{request_uri|target:target}\" "
          + "[Client {remote_addr|remote_address}] [Length {body_bytes_sent:sent}] "
          + "[Gzip {gzip_ratio}] \"{http_user_agent|user_agent}\" \"{http_referer|referer}\"", .end),
      source:
        "https://github.com/NginxProxyManager/nginx-proxy-manager/blob/develop/docker/rootfs/etc/nginx/conf.d/include/log-proxy.conf"
    ),
    CatalogueEntry(
      "Apache APISIX",
      TextLayout(
        "apisix",
        "{remote_addr|remote_address} - {remote_user} [{time_local:clf}] {http_host|host} "
          + "\"{request:request}\" {status:status} {body_bytes_sent:sent-} {request_time:s} "
          + "\"{http_referer|referer}\" \"{http_user_agent|user_agent}\" {upstream_addr:list} "
          + "{upstream_status:list} {upstream_response_time:list} \"{upstream_url}\"", .end,
        allowsMore: true),
      source: "https://github.com/apache/apisix/blob/master/apisix/cli/config.lua"),
    // The sizes are those of bodies; the time is the start of the request.
    CatalogueEntry(
      "Cloud Foundry, gorouter",
      TextLayout(
        "gorouter",
        "{http_host|host} - [{time:time}] \"{request:request}\" {status:status} "
          + "{bytes_received:received} {body_bytes_sent:sent} \"{http_referer|referer}\" "
          + "\"{http_user_agent|user_agent}\" \"{remote_addr|remote_address}\" "
          + "\"{upstream_addr}\" x_forwarded_for:\"{http_x_forwarded_for:addresses}\" "
          + "x_forwarded_proto:\"{scheme}\" vcap_request_id:\"{request_id}\" "
          + "response_time:{response_time:s} <?gorouter_time:{gorouter_time:number} ?>"
          + "app_id:\"{app_id}\"", .start, allowsMore: true),
      source: "https://docs.cloudfoundry.org/concepts/http-routing.html"),
    CatalogueEntry(
      "ingress-nginx before 0.30",
      TextLayout(
        "ingress-nginx-old",
        "{remote_addr|remote_address} - [{the_real_ip}] - {remote_user} [{time_local:clf}] "
          + "\"{request:request}\" {status:status} {body_bytes_sent:sent-} "
          + "\"{http_referer|referer}\" \"{http_user_agent|user_agent}\" "
          + "{request_length:digits} {request_time:s} [{proxy_upstream_name}] "
          + "<?[{proxy_alternative_upstream_name}] ?>{upstream_addr:list} "
          + "{upstream_response_length:list} {upstream_response_time:list} {upstream_status:list} "
          + "{req_id}", .end),
      source:
        "https://github.com/kubernetes/ingress-nginx/blob/nginx-0.25.1/docs/user-guide/nginx-configuration/log-format.md"
    ),
    CatalogueEntry(
      "Emissary-ingress",
      TextLayout(
        "emissary",
        "ACCESS [{start_time:time}] \"{request:request}\" {response_code:status} {response_flags} "
          + "{bytes_received:received} {bytes_sent:sent} {duration:ms} {upstream_service_time} "
          + "\"{http_x_forwarded_for}\" \"{http_user_agent|user_agent}\" \"{http_x_request_id}\" "
          + "\"{host|authority}\" \"{upstream_host}\""),
      source: "https://www.getambassador.io/docs/emissary/latest/topics/running/ambassador"),
    // `%tr` is the response time in ms, `%<st` the size of the reply with its headers, and `%ts` the
    // time of logging.
    CatalogueEntry(
      "Squid, native",
      TextLayout(
        "squid",
        "{time:%s.%L} {~}{elapsed:ms} {remote_addr|remote_address} {result}/{status:status} "
          + "{bytes:digits} {method:method} {target:target} {remote_user} {hierarchy}/{peer} "
          + "{content_type}", .end),
      source: "https://wiki.squid-cache.org/Features/LogFormat#squid-native-access.log-format",
      sizes: .withHeaders),
    CatalogueEntry(
      "Zoraxy",
      TextLayout(
        "zoraxy",
        "[{time:%F %T.%L}] [router:{router}] [origin:{host|http_host}] "
          + "[client: {remote_addr|remote_address}] [useragent: {http_user_agent|user_agent}] "
          + "{method:method} {target:target} {status:status}", .end),
      source: "https://github.com/tobychui/zoraxy/blob/main/src/mod/info/logger/trafficlog.go"),
    // It has no method: files are asked for with GET.
    CatalogueEntry(
      "bunny.net, CDN",
      TextLayout(
        "bunny",
        "{cache_status}|{status:status}|{time:time}|{bytes_sent:digits}|{pull_zone:digits}|"
          + "{remote_addr|remote_address}|{http_referer|referer}|{url:target}|{edge_location}|"
          + "{http_user_agent|user_agent}|{request_id}|{country}", .end),
      source: "https://docs.bunny.net/docs/cdn-log-format", sizes: .withHeaders),
    CatalogueEntry(
      "Linkerd proxy, apache",
      TextLayout(
        "linkerd",
        "{remote_addr|remote_address} {client_id} - [{timestamp:time}] \"{request:request}\" "
          + "{status:status}<? {response_bytes:sent-}?>"),
      source: "https://linkerd.io/2/features/access-logging/"),
  ]
}
