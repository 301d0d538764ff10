// Made by CatalogueTests with RECORD_FIXTURES: of each format the first line of its fixture that is read.

// swift-format-ignore-file
extension FormatCatalogue {
  static let examples: [String: String] = [
    "common":
      ##"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"##,
    "combined":
      ##"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""##,
    "vhost_combined":
      ##"api.example.test:80 127.0.0.1 - - [23/Nov/2026:09:15:56 +0000] "POST /users HTTP/1.1" 201 200 "https://example.test/" "PostmanRuntime/7.39.0""##,
    "vhost_common":
      ##"shop.test:443 203.0.113.7 - ada [23/Nov/2026:09:10:13 +0100] "GET /v1/orders/42 HTTP/1.1" 200 512"##,
    "main":
      ##"203.0.113.7 - ada [23/Nov/2026:09:10:13 +0000] "GET /v1/orders/42?page=2 HTTP/1.1" 200 512 "https://shop.test/" "Mozilla/5.0 (X11; Linux x86_64)" "198.51.100.1, 10.0.0.3""##,
    "combined-iso":
      ##"203.0.113.7 - ada [2026-11-23T10:10:13+01:00] "GET /v1/orders/42?page=2 HTTP/1.1" 200 512 "https://shop.test/" "curl/8.5.0""##,
    "combinedio":
      ##"203.0.113.7 - ada [23/Nov/2026:09:10:13 +0000] "GET /v1/orders/42?page=2 HTTP/1.1" 200 512 "https://shop.test/" "Mozilla/5.0 (X11; Linux x86_64)" 640 801"##,
    "w3c":
      ##"2026-11-23 09:10:13 10.0.0.4 GET /v1/orders/42 page=2 443 ada 203.0.113.7 Mozilla/5.0+(X11;+Linux) 200 0 0 1405 170 141"##,
    "iis":
      ##"192.168.114.201, -, 03/20/01, 7:55:20, W3SVC2, SALES1, 172.21.13.45, 4502, 163, 3223, 200, 0, GET, /DeptLogo.gif, -,"##,
    "tomcat":
      ##"203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] "GET /v1/orders/42 HTTP/1.1" 200 512 37"##,
    "haproxy":
      ##"203.0.113.7:41480 [23/Nov/2026:09:10:13.641] fe~ be/app1 0/0/1/48/49 200 3313 - - ---- 3/2/0/0/0 0/0 {acme|curl} {51} "POST /v1/orders HTTP/1.1""##,
    "envoy":
      ##"[2026-11-23T09:10:13.310Z] "POST /v1/orders HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "shop.test" "tcp://10.0.2.1:80""##,
    "istio":
      ##"[2026-11-23T09:10:13.373Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" "curl/7.73.0" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000_._.httpbin.foo.svc.cluster.local default"##,
    "traefik":
      ##"203.0.113.7 - ada [23/Nov/2026:09:10:13 +0000] "GET /v1/orders/42?page=2 HTTP/1.1" 200 512 "https://shop.test/" "Mozilla/5.0 (X11; Linux x86_64)" 500 "orders@docker" "http://172.17.0.3:80" 12ms"##,
    "ingress-nginx":
      ##"203.0.113.7 - ada [23/Nov/2026:09:10:13 +0000] "GET /v1/orders/42?page=2 HTTP/1.1" 200 512 "https://shop.test/" "Mozilla/5.0 (X11; Linux x86_64)" 640 0.045 [default-shop-80] [] 10.0.0.5:8080 512 0.044 200 8f1e2d3c"##,
    "nginx-proxy-manager":
      ##"[23/Nov/2026:09:10:13 +0100] - 200 200 - GET https shop.test "/v1/orders/42?page=2" [Client 203.0.113.7] [Length 1405] [Gzip 2.71] [Sent-to 10.0.0.5] "curl/8.5.0" "-""##,
    "nginx-proxy-manager-standard":
      ##"[23/Nov/2026:09:10:13 +0100] 301 - GET http shop.test "/v1/orders/42" [Client 203.0.113.7] [Length 166] [Gzip -] "curl/8.5.0" "-""##,
    "apisix":
      ##"203.0.113.7 - - [23/Nov/2026:09:10:13 +0100] shop.test "GET /v1/orders/42?page=2 HTTP/1.1" 200 1405 0.141 "-" "curl/8.5.0" 10.0.0.5:8080 200 0.140 "http://shop.test/v1/orders/42""##,
    "gorouter":
      ##"shop.test - [2026-11-23T09:10:13.418000000Z] "GET /v1/orders/42?page=2 HTTP/1.1" 200 0 1405 "-" "curl/8.5.0" "10.0.0.1:51234" "10.0.0.2:61001" x_forwarded_for:"203.0.113.7, 10.0.0.1" x_forwarded_proto:"https" vcap_request_id:"7f46ee27-5c1d-4a0e-8d4c-3a6f0a2c9f11" response_time:0.141250 gorouter_time:0.000123 app_id:"a1b2" app_index:"0" instance_id:"c3d4" x_cf_routererror:"-""##,
    "ingress-nginx-old":
      ##"203.0.113.7 - [203.0.113.7] - - [23/Nov/2026:09:10:13 +0100] "GET /v1/orders/42 HTTP/1.1" 200 1405 "-" "curl/8.5.0" 167 0.141 [shop-api-80] 10.244.1.79:8080 1405 0.140 200 42650644781f9c58d6645fa9e8a8529f"##,
    "emissary":
      ##"ACCESS [2026-11-23T09:10:13.310Z] "POST /v1/orders HTTP/1.1" 204 - 154 0 226 100 "203.0.113.7" "curl/8.5.0" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "shop.test" "10.0.0.5:8080""##,
    "squid":
      ##"1795425013.418    250 203.0.113.7 TCP_MISS/200 3211 GET http://shop.test/v1/orders/42 ada HIER_DIRECT/198.51.100.3 application/json"##,
    "zoraxy":
      ##"[2026-11-23 09:10:13.123456] [router:host-http] [origin:shop.test] [client: 203.0.113.7] [useragent: Mozilla/5.0 (X11; Linux x86_64)] GET /v1/orders/42?page=2 200"##,
    "bunny":
      ##"HIT|200|1795425013418|1900|390|203.0.113.7|-|https://shop.b-cdn.net/v1/orders/42?page=2|WA|curl/8.5.0|a1b2|FR"##,
    "linkerd":
      ##"10.42.0.63:51160 traffic.default.serviceaccount.identity.linkerd.cluster.local - [2026-11-23T09:10:13.275123Z] "GET http://shop.test/v1/orders/42 HTTP/2.0" 200"##,
    "alb":
      ##"h2 2026-11-23T09:10:13.186641Z app/shop/6d0ecf831eec9f09 203.0.113.7:2817 10.0.0.1:80 0.000 0.048 0.037 200 200 640 801 "GET https://shop.test:443/v1/orders/42 HTTP/2.0" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "shop.test" "arn:aws:acm:eu-west-1:123456789012:certificate/1" 1 2026-11-23T09:10:13.101000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-""##,
    "elb":
      ##"2026-11-23T09:10:13.945958Z shop 203.0.113.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://shop.test:80/v1/orders HTTP/1.1" "curl/7.38.0" - -"##,
    "s3":
      ##"79a59df900b949e5 shop-assets [23/Nov/2026:09:10:13 +0000] 203.0.113.7 arn:aws:iam::123456789012:user/ada 3E57427F3EXAMPLE REST.GET.OBJECT logo.png "GET /shop-assets/logo.png HTTP/1.1" 200 - 2662 2662 70 10 "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9 SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader shop-assets.s3.test TLSV1.2"##,
    "cloudfront":
      ##"2026-11-23\##t09:10:13\##tFRA6-C1\##t2390\##t203.0.113.7\##tGET\##td111111abcdef8.cloudfront.net\##t/v1/orders/42\##t200\##t-\##tcurl/8.5.0\##tpage=2\##t-\##tMiss\##tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\##tshop.test\##thttps\##t170\##t0.141\##t-\##tTLSv1.3\##tTLS_AES_128_GCM_SHA256\##tMiss\##tHTTP/2.0\##t-\##t-\##t51234\##t0.140\##tMiss\##tapplication/json\##t1405\##t-\##t-"##,
    "heroku":
      ##"at=info method=GET path="/v1/orders/42?a=\"b\"" host=shop.test request_id=8601b555-6a83-4c12-8269-97c8e32cdb22 fwd="203.0.113.7" dyno=web.1 connect=1ms service=18ms status=200 bytes=13 tls_version=tls1.1 protocol=http"##,
    "gunicorn":
      ##"203.0.113.7 - ada [23/Nov/2026:09:10:13 +0000] "GET /v1/orders/42?page=2 HTTP/1.1" 200 512 "https://shop.test/" "Mozilla/5.0 (X11; Linux x86_64)""##,
    "uvicorn":
      ##"INFO:     203.0.113.7:5000 - "GET /v1/orders/42 HTTP/1.1" 200 OK"##,
    "uvicorn-asctime":
      ##"2026-11-23 09:10:13,866 INFO 203.0.113.7:5000 - "GET /v1/orders/42 HTTP/1.1" 200 OK"##,
    "morgan-dev":
      ##"GET /v1/orders/42 200 3.217 ms - 512"##,
    "morgan-tiny":
      ##"GET /v1/orders/42 200 512 - 3.217 ms"##,
    "morgan-short":
      ##"::1 ada GET /v1/orders/42 HTTP/1.1 200 512 - 3.217 ms"##,
    "gin":
      ##"[GIN] 2026/11/23 - 09:10:13 | 200 |      27.592µs |     203.0.113.7 | GET      "/v1/orders/42""##,
    "django":
      ##"[23/Nov/2026 09:10:13] "GET /v1/orders/42 HTTP/1.1" 200 512"##,
    "werkzeug":
      ##"203.0.113.7 - - [23/Nov/2026 09:10:13] "GET /v1/orders/42 HTTP/1.1" 200 -"##,
    "openstack":
      ##"2026-11-23 09:10:13.008 4711 INFO nova.osapi_compute.wsgi.server [req-0a1b2c3d-0000-4000-8000-000000000017 ada shop - - -] 203.0.113.7 "GET /v2/shop/servers/detail HTTP/1.1" status: 200 len: 2048 time: 0.1250001"##,
    "openstack-named":
      ##"nova-api.log 2026-11-23 09:10:13.008 4711 INFO nova.osapi_compute.wsgi.server [req-0a1b2c3d-0000-4000-8000-000000000017 ada shop - - -] 203.0.113.7 "GET /v2/shop/servers/detail HTTP/1.1" status: 200 len: 2048 time: 0.1250001"##,
    "uwsgi":
      ##"[pid: 4321|app: 0|req: 17/420] 203.0.113.7 () {40 vars in 650 bytes} [Mon Nov 23 09:10:13 2026] GET /v1/orders/42?page=2 => generated 1405 bytes in 141 msecs (HTTP/1.1 200) 4 headers in 130 bytes (1 switches on core 0)"##,
    "uwsgi-micros":
      ##"[pid: 4321|app: 0|req: 17/420] 203.0.113.7 () {40 vars in 650 bytes} [Mon Nov 23 09:10:13 2026] GET /v1/orders/42 => generated 1405 bytes in 1412 micros (HTTP/1.1 200) 4 headers in 130 bytes (1 switches on core 0)"##,
    "actix":
      ##"[2026-11-23T09:10:13Z INFO  actix_web::middleware::logger] 203.0.113.7 "GET /v1/orders/42?page=2 HTTP/1.1" 200 1405 "-" "curl/8.5.0" 0.001410"##,
    "chi":
      ##"2026/11/23 09:10:13 [web-1/AbCdEf-000001] "GET http://shop.test/v1/orders/42 HTTP/1.1" from 203.0.113.7:51234 - 200 1405B in 141.25ms"##,
    "daphne":
      ##"203.0.113.7:51234 - - [23/Nov/2026:09:10:13] "GET /v1/orders/42" 200 1405"##,
    "granian":
      ##"[2026-11-23 09:10:13 +0100] 203.0.113.7 - "GET /v1/orders/42 HTTP/1.1" 200 1.412"##,
    "hypercorn":
      ##"[2026-11-23 09:10:13 +0100] [4321] [INFO] 203.0.113.7:51234 - - [23/Nov/2026:09:10:13 +0100] "GET /v1/orders/42 1.1" 200 1405 "-" "curl/8.5.0""##,
    "puma":
      ##"203.0.113.7 - - [23/Nov/2026:09:10:13 +0100] "GET /v1/orders/42 HTTP/1.1" 200 1405 0.1412"##,
    "php-fpm":
      ##"203.0.113.7 -  23/Nov/2026:09:10:13 +0100 "GET /index.php" 200"##,
    "php-builtin":
      ##"[Mon Nov 23 09:10:13 2026] 203.0.113.7:51234 [200]: GET /v1/orders/42?page=2"##,
    "fiber":
      ##"09:10:13 | 200 |    20.123ms |     203.0.113.7 | GET     | /v1/orders/42 "##,
    "tower-http":
      ##"2026-11-23T09:10:13.143456Z DEBUG request{method=GET uri=/v1/orders/42?page=2 version=HTTP/1.1}: tower_http::trace::on_response: finished processing request latency=20 ms status=200"##,
    "warp":
      ##"[2026-11-23T09:10:13Z INFO  shop::api] 203.0.113.7:51234 "GET /v1/orders/42 HTTP/1.1" 200 "-" "curl/8.5.0" 20.1234ms"##,
    "aiohttp":
      ##"203.0.113.7 [23/Nov/2026:09:10:13 +0000] "GET /v1/orders/42?page=2 HTTP/1.1" 200 1405 "-" "curl/8.5.0""##,
    "sanic":
      ##"[2026-11-23 09:10:13 +0100] - (sanic.access)[INFO][203.0.113.7:51234]: GET http://shop.test/v1/orders/42?page=2  200 1405"##,
    "tornado":
      ##"[I 261123 09:10:13 web:2271] 200 GET /v1/orders/42?page=2 (203.0.113.7) 38.50ms"##,
    "couchdb":
      ##"[notice] 2026-11-23T09:10:13.418000Z couchdb@127.0.0.1 <0.1234.0> 8f3a9b0c1d shop.test:5984 203.0.113.7 admin GET /shop/_all_docs?limit=2 200 ok 38"##,
    "nexus":
      ##"203.0.113.7 - ada [23/Nov/2026:09:10:13 +0000] "GET /repository/maven/a.jar HTTP/1.1" 200 - 1405 38 "Apache-Maven/3.9.9" [qtp1023996917-78]"##,
    "artifactory":
      ##"2026-11-23T09:10:13.418Z|4f1a2b3c4d5e6f70|203.0.113.7|anonymous|GET|/api/system/ping|200|-1|0|5|curl/8.5.0"##,
    "ktor":
      ##"2026-11-23 09:10:13.418 [eventLoopGroupProxy-4-1] INFO  ktor.application - 200 OK: GET - /v1/orders/42 in 38ms"##,
    "gitea":
      ##"2026/11/23 09:10:13 HTTPRequest [I] router: completed GET /user/login?a=b for 203.0.113.7:0, 200 OK in 38.5ms @ auth/auth.go:151(auth.SignIn)"##,
    "kestrel-text":
      ##"      Request finished HTTP/1.1 GET http://shop.test/v1/orders/42?page=2 - 200 512 application/json;+charset=utf-8 20.1234ms"##,
    "kestrel-text-old":
      ##"      Request finished HTTP/1.1 GET http://shop.test/v1/orders/42?page=2 - - - 200 512 application/json;+charset=utf-8 20.1234ms"##,
    "serilog-text":
      ##"2026-11-23 09:10:13.418 +01:00 [INF] HTTP GET /v1/orders/42 responded 200 in 141.2500 ms"##,
    "rails":
      ##"rails 2026-11-23T09:10:13+0000 192.0.2.9 GET "/v1/orders/17?page=2" 200 38ms"##,
    "phoenix":
      ##"phoenix 2026-11-23 09:10:13.380 GET "/v1/orders/17" 200 38ms"##,
    "phoenix-collected":
      ##"phoenix GET 2026-11-23T09:10:13.380Z "/v1/orders/17" 200 38ms"##,
    "json":
      ##"{"time_iso8601":"2026-11-23T09:10:13+00:00","msec":1795425013.533,"method":"POST","uri":"/users","request_uri":"/users?a=1","status":201,"body_bytes_sent":51,"content_length":"80","request_time":0.032,"remote_addr":"127.0.0.1","remote_user":"","http_x_api_user":"acme"}"##,
    "json-collected":
      ##"{"level":"info","method":"GET","path":"/v1/orders/42","status":200,"latency":"141.25ms"}"##,
    "caddy":
      ##"{"level":"info","ts":1795425013.8097765,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"203.0.113.7","remote_port":"37882","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"POST","host":"shop.test","uri":"/v1/orders?a=b","headers":{"X-Api-User":["acme"],"Content-Length":["80"],"User-Agent":["curl/8.5.0"]}},"bytes_read":80,"user_id":"","duration":0.020264447,"size":51,"status":201,"resp_headers":{"Content-Length":["51"]}}"##,
    "traefik-json":
      ##"{"ClientHost":"203.0.113.7","ClientUsername":"ada","DownstreamContentSize":212,"DownstreamStatus":404,"Duration":187001,"RequestContentSize":12,"RequestHost":"shop.test","RequestMethod":"GET","RequestPath":"/v1/orders/42?a=b","RequestScheme":"http","StartUTC":"2026-11-23T09:10:13.041000875Z","request_X-Api-User":"acme","level":"info","time":"2026-11-23T10:10:13+01:00"}"##,
    "envoy-json":
      ##"{":authority":"shop.test","bytes_received":12,"bytes_sent":2048,"duration":11,"method":"GET","protocol":"HTTP/2","response_code":200,"start_time":"2026-11-23T09:10:13.481Z","path":"/rewritten","x-envoy-original-path":"/v1/orders/42","user-agent":"curl/8.5.0"}"##,
    "kong":
      ##"{"latencies":{"request":515,"kong":58,"proxy":457},"service":{"host":"shop.internal"},"request":{"method":"GET","uri":"/v1/orders/42","url":"http://shop.test:8000/v1/orders/42","size":"75","querystring":{},"headers":{"host":"shop.test","user-agent":"curl/7.37.1","x-api-user":"acme","content-length":"5"}},"client_ip":"203.0.113.7","response":{"headers":{"content-length":"434"},"status":200,"size":"934"},"route":{"paths":["/v1"],"id":"52c58293"},"consumer":{"username":"acme-mobile","id":"1"},"started_at":1795425013372}"##,
    "cloudflare":
      ##"{"ClientIP":"203.0.113.7","ClientRequestHost":"shop.test","ClientRequestMethod":"GET","ClientRequestURI":"/v1/orders/42?page=2","ClientRequestUserAgent":"curl/8.5.0","EdgeEndTimestamp":1795425013559000000,"EdgeResponseBytes":1900,"EdgeResponseBodyBytes":1405,"EdgeResponseStatus":200,"EdgeStartTimestamp":1795425013418000000,"EdgeTimeToFirstByteMs":141,"RayID":"8f3a9b0c1d2e3f40"}"##,
    "cloudfront-json":
      ##"{"date":"2026-11-23","time":"09:10:13","x-edge-location":"FRA56-P5","sc-bytes":"1900","c-ip":"203.0.113.7","cs-method":"GET","cs(Host)":"d111111abcdef8.cloudfront.net","cs-uri-stem":"/v1/orders/42","sc-status":"200","cs(User-Agent)":"curl/8.5.0","cs-uri-query":"page=2","x-host-header":"shop.test","cs-protocol":"https","cs-bytes":"512","time-taken":"0.141","sc-content-len":"1405"}"##,
    "akamai":
      ##"{"version":1,"streamId":"1","cp":"1","reqId":"239f220","reqTimeSec":"1795425013.418","bytes":"1900","cliIP":"203.0.113.7","statusCode":"206","proto":"HTTPS","reqHost":"shop.test","reqMethod":"GET","reqPath":"/v1/orders/42","rspContentLen":"1405","UA":"curl%2F8.5.0","queryStr":"page=2","turnAroundTimeMSec":"11","transferTimeMSec":"125"}"##,
    "fastly":
      ##"{"timestamp":"2026-11-23T09:10:13+0000","client_ip":"203.0.113.7","host":"shop.test","url":"/v1/orders/42?page=2","request_method":"GET","request_protocol":"HTTP/1.1","request_user_agent":"curl/8.5.0","response_state":"MISS","response_status":200,"response_reason":"OK","response_body_size":1405}"##,
    "api-gateway":
      ##"{"requestId":"c6af9ac6","ip":"203.0.113.7","caller":"-","apiKeyId":"k-17","requestTime":"23/Nov/2026:09:10:13 +0000","requestTimeEpoch":"1795425013372","httpMethod":"GET","resourcePath":"/orders/{order_id}","path":"/prod/orders/42","status":"200","protocol":"HTTP/1.1","responseLength":"512","responseLatency":"37"}"##,
    "gcp":
      ##"{"httpRequest":{"latency":"0.123456s","remoteIp":"203.0.113.7","requestMethod":"GET","requestSize":"386","requestUrl":"https://shop.test/v1/orders/42?a=b","responseSize":"512","status":200,"userAgent":"curl/8.5.0"},"insertId":"1f9","jsonPayload":{"statusDetails":"response_sent_by_backend"},"timestamp":"2026-11-23T09:10:13.123456Z","severity":"INFO"}"##,
    "azure-app-gateway":
      ##"{"timeStamp":"2026-11-23T09:10:13.1234567Z","resourceId":"/SUBSCRIPTIONS/1","operationName":"ApplicationGatewayAccess","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"appgw_1","clientIP":"203.0.113.7","clientPort":-,"httpMethod":"GET","requestUri":"/v1/orders/42","requestQuery":"-","userAgent":"curl/8.5.0","httpStatus":200,"httpVersion":"HTTP/1.1","receivedBytes":184,"sentBytes":466,"timeTaken":0.034,"sslEnabled":"on","host":"shop.test"}}"##,
    "azure-front-door":
      ##"{"time":"2026-11-23T09:10:13.1234567Z","category":"FrontDoorAccessLog","properties":{"httpMethod":"GET","httpVersion":"2.0","requestUri":"https://shop.test:443/v1/orders/42","requestBytes":"84","responseBytes":"661","userAgent":"curl/8.5.0","clientIp":"203.0.113.7","timeTaken":"0.062","httpStatusCode":"200","hostName":"shop.test"}}"##,
    "azure-api-management":
      ##"{"DeploymentVersion":"0.40","Level":4,"isRequestSuccess":true,"time":"2026-11-23T09:10:13.4180000Z","operationName":"Microsoft.ApiManagement/GatewayLogs","category":"GatewayLogs","durationMs":38,"callerIpAddress":"203.0.113.7","properties":{"method":"GET","url":"https://shop.test/v1/orders/42?page=2","backendResponseCode":200,"responseCode":200,"responseSize":1405,"cache":"none","backendTime":31,"requestSize":412,"apiId":"orders"}}"##,
    "app-engine":
      ##"{"protoPayload":{"@type":"type.googleapis.com/google.appengine.logging.v1.RequestLog","ip":"203.0.113.7","startTime":"2026-11-23T09:10:13.418Z","endTime":"2026-11-23T09:10:13.559Z","latency":"0.141s","method":"GET","resource":"/v1/orders/42?page=2","httpVersion":"HTTP/1.1","status":200,"responseSize":"1900"},"timestamp":"2026-11-23T09:10:13.418Z"}"##,
    "azure-app-service":
      ##"{"time":"2026-11-23T09:10:13.418Z","category":"AppServiceHTTPLogs","properties":{"CsMethod":"GET","CsUriStem":"/v1/orders/42","CsUriQuery":"page=2","ScStatus":200,"TimeTaken":141,"CIp":"203.0.113.7","CsHost":"shop.test","ScBytes":1900}}"##,
    "railway":
      ##"{"requestId":"abc","timestamp":"2026-11-23T09:10:13.418Z","method":"GET","path":"/v1/orders/42","host":"shop.test","httpStatus":200,"totalDuration":141,"upstreamRqDuration":139,"txBytes":1900,"rxBytes":512,"srcIp":"203.0.113.7","clientUa":"curl/8.5.0","edgeRegion":"europe-west4"}"##,
    "vercel":
      ##"{"id":"1","timestamp":1795425013500,"requestId":"iad1::a-1","source":"lambda","statusCode":200,"host":"shop.vercel.app","path":"api/orders","proxy":{"timestamp":1795425013418,"region":"iad1","method":"GET","statusCode":200,"path":"/v1/orders/42?page=2","host":"shop.test","scheme":"https","clientIp":"203.0.113.7","userAgent":["curl/8.5.0"],"responseByteSize":1405}}"##,
    "netlify":
      ##"{"account_id":"5b62","client_ip":"203.0.113.7","country":"DE","deploy_id":"6f1","duration":38,"log_type":"traffic","method":"GET","referrer":"","request_id":"01F2","site_id":"7a2","status_code":200,"timestamp":"2026-11-23T09:10:13.418Z","url":"https://shop.netlify.app/v1/orders/42?page=2","user_agent":"curl/8.5.0"}"##,
    "cloud-storage":
      ##"{"time_micros":"1795425013418123","c_ip":"203.0.113.7","c_ip_type":"1","cs_method":"GET","cs_uri":"/shop/logo.png?a=b","sc_status":"200","cs_bytes":"0","sc_bytes":"1405","time_taken_micros":"38500","cs_host":"storage.googleapis.com","cs_user_agent":"curl/8.5.0","cs_operation":"GET_Object"}"##,
    "linkerd-json":
      ##"{"client.addr":"10.42.0.70:32996","client.id":"traffic.default.serviceaccount.identity.linkerd.cluster.local","host":"shop.test","method":"GET","processing_ns":"39826","request_bytes":"","response_bytes":"1405","status":200,"timestamp":"2026-11-23T09:10:13.418Z","total_ns":"141250000","trace_id":"","uri":"http://shop.test/v1/orders/42","user_agent":"curl/8.5.0","version":"HTTP/2.0"}"##,
    "hubble":
      ##"{"flow":{"time":"2026-11-23T09:10:13.418Z","verdict":"FORWARDED","IP":{"source":"10.0.1.2","destination":"10.0.1.1"},"l7":{"type":"RESPONSE","latency_ns":"141250000","http":{"code":200,"method":"GET","url":"http://shop.test/v1/orders/42","protocol":"HTTP/1.1"}}},"time":"2026-11-23T09:10:13.418Z"}"##,
    "kubernetes-audit":
      ##"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"8f3a","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"get","user":{"username":"system:serviceaccount:default:ci"},"userAgent":"kubectl/v1.31","responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-11-23T09:10:13.418000Z","stageTimestamp":"2026-11-23T09:10:13.456000Z"}"##,
    "gitlab":
      ##"{"time":"2026-11-23T09:10:13.418Z","severity":"INFO","duration_s":0.141,"db_duration_s":0.005,"view_duration_s":0.136,"status":200,"method":"GET","path":"/api/v4/projects/42","params":[],"host":"gitlab.test","remote_ip":"203.0.113.7","ua":"curl/8.5.0","route":"/api/:version/projects/:id","user_id":1,"username":"ada"}"##,
    "logstash":
      ##"{"@timestamp":"2026-11-23T09:10:14.000Z","path":"/var/log/nginx/access.log","clientip":"203.0.113.7","ident":"-","auth":"ada","timestamp":"23/Nov/2026:09:10:13 +0100","verb":"GET","request":"/v1/orders/42","httpversion":"1.1","response":"200","bytes":"1405","referrer":"\"-\"","agent":"\"curl/8.5.0\""}"##,
    "serilog":
      ##"{"@t":"2026-11-23T09:10:13.4180000Z","@mt":"HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms","RequestMethod":"GET","RequestPath":"/v1/orders/42","StatusCode":200,"Elapsed":141.25}"##,
    "tower-http-json":
      ##"{"timestamp":"2026-11-23T09:10:13.143456Z","level":"DEBUG","fields":{"message":"finished processing request","latency":"20 ms","status":200},"target":"tower_http::trace::on_response","span":{"method":"GET","uri":"/v1/orders/42?page=2","version":"HTTP/1.1","name":"request"},"spans":[{"method":"GET","uri":"/v1/orders/42?page=2","version":"HTTP/1.1","name":"request"}]}"##,
    "kestrel":
      ##"{"Timestamp":"2026-11-23T09:10:13.418Z","EventId":2,"LogLevel":"Information","Category":"Microsoft.AspNetCore.Hosting.Diagnostics","Message":"Request finished HTTP/1.1 GET http://shop.test/v1/orders/42 - 200 1405 application/json 141.2500ms","State":{"ElapsedMilliseconds":141.25,"StatusCode":200,"ContentType":"application/json","ContentLength":1405,"Protocol":"HTTP/1.1","Method":"GET","Scheme":"http","Host":"shop.test","PathBase":"","Path":"/v1/orders/42","QueryString":""}}"##,
    "roadrunner":
      ##"{"level":"info","ts":"2026-11-23T09:10:13.456Z","logger":"http","msg":"http access log","read_bytes":80,"write_bytes":1405,"status":200,"method":"GET","URI":"/v1/orders/42?page=2","remote_address":"203.0.113.7","query":"page=2","content_len":80,"host":"shop.test","user_agent":"curl/8.5.0","time_local":"23/Nov/2026:09:10:13 +0000","request_length":80,"start":"2026-11-23T09:10:13.418Z","elapsed":38}"##,
    "tomcat-json":
      ##"{"host":"203.0.113.7","logicalUserName":"-","user":"-","time":"[23/Nov/2026:09:10:13 +0100]","request":"GET /v1/orders/42?page=2 HTTP/1.1","statusCode":"200","size":"1405"}"##,
    "express-winston":
      ##"{"level":"info","message":"HTTP GET /v1/orders/42?page=2","meta":{"req":{"url":"/v1/orders/42?page=2","headers":{"host":"shop.test","user-agent":"curl/8.5.0"},"method":"GET","httpVersion":"1.1","originalUrl":"/v1/orders/42?page=2","query":{"page":"2"}},"res":{"statusCode":200},"responseTime":38},"timestamp":"2026-11-23T09:10:13.418Z"}"##,
    "logback-access":
      ##"{"@timestamp":"2026-11-23T09:10:13.418Z","@version":"1","message":"203.0.113.7 - - [2026-11-23T09:10:13.418Z] \"GET /v1/orders/42 HTTP/1.1\" 200 1405","method":"GET","protocol":"HTTP/1.1","status_code":200,"requested_url":"GET /v1/orders/42 HTTP/1.1","requested_uri":"/v1/orders/42","remote_host":"203.0.113.7","content_length":1405,"elapsed_time":38}"##,
    "fluentd-nginx":
      ##"{"date":1795425013.418,"remote":"203.0.113.7","host":"-","user":"-","method":"GET","path":"/v1/orders/42?page=2","code":"200","size":"1405","referer":"-","agent":"curl/8.5.0"}"##,
    "fluentd-nginx-collected":
      ##"{"remote":"203.0.113.7","host":"-","user":"-","method":"GET","path":"/v1/orders/42","code":"200","size":"1405","referer":"-","agent":"curl/8.5.0"}"##,
    "rails-semantic-logger":
      ##"{"host":"web-1","application":"Semantic Logger","timestamp":"2026-11-23T09:10:13.418000Z","level":"info","duration_ms":141.25,"duration":"141.2ms","name":"OrdersController","message":"Completed #show","payload":{"controller":"OrdersController","action":"show","method":"GET","path":"/v1/orders/42","status":200,"view_runtime":0.1}}"##,
    "httplog":
      ##"{"level":"info","service":"shop","httpRequest":{"requestMethod":"GET","requestPath":"/v1/orders/42","requestURL":"http://shop.test/v1/orders/42?page=2","remoteIP":"203.0.113.7:51234","scheme":"http"},"httpResponse":{"status":200,"bytes":1405,"elapsed":141.25},"timestamp":"2026-11-23T09:10:13.418Z","message":"Response: 200 OK"}"##,
    "ecs":
      ##"{"@timestamp":"2026-11-23T09:10:13.123Z","http":{"request":{"method":"POST","body":{"bytes":12}},"response":{"status_code":201,"body":{"bytes":512}}},"url":{"path":"/v1/orders","original":"/v1/orders?a=b","domain":"shop.test"},"event":{"duration":37000000,"dataset":"access"},"user":{"name":"ada"},"user_agent":{"original":"curl/8.5.0"}}"##,
    "otel":
      ##"{"name":"GET /orders/{order_id}","startTimeUnixNano":"1795425013123000000","duration":37000000,"attributes":{"http.request.method":"GET","http.route":"/orders/{order_id}","http.response.status_code":200,"url.path":"/orders/42","http.response.body.size":512}}"##,
    "pino-http":
      ##"{"level":30,"time":1795425013066,"pid":22961,"hostname":"shop","req":{"id":1,"method":"GET","url":"/v1/orders/42?a=b","headers":{"host":"shop.test","x-api-user":"no","X-Api-User":"acme","user-agent":"curl/8.5.0"},"remoteAddress":"203.0.113.7","remotePort":54460},"res":{"statusCode":200,"headers":{"content-length":512}},"responseTime":37,"msg":"request completed"}"##,
    "lograge":
      ##"{"method":"GET","path":"/jobs/833552.json","format":"json","controller":"JobsController","action":"show","status":200,"duration":58.33,"view":40.43,"db":15.26,"@timestamp":"2026-11-23T09:10:13.123Z","@version":"1","user_id":"17"}"##,
    "lograge-pairs":
      ##"method=GET path=/jobs/833552.json format=json controller=JobsController  action=show status=200 duration=58.33 view=40.43 db=15.26"##,
    "echo":
      ##"{"time":"2026-11-23T09:10:13.5Z","id":"","remote_ip":"203.0.113.7","host":"shop.test","method":"GET","uri":"/v1/orders/42","user_agent":"curl/8.5.0","status":200,"error":"","latency":31000,"latency_human":"31µs","bytes_in":0,"bytes_out":13}"##,
    "slog":
      ##"{"time":"2026-11-23T09:10:13.5Z","level":"INFO","msg":"request","method":"GET","path":"/v1/orders/42","status":200,"duration":1234567,"user":"ada"}"##,
    "logfmt":
      ##"time=2026-11-23T09:10:13.418Z level=INFO msg=request method=GET path=/v1/orders/42 status=200 duration=141.25ms"##,
    "logfmt-collected":
      ##"level=info method=GET path=/v1/orders/42 status=200 duration=141.25ms"##,
  ]
}
