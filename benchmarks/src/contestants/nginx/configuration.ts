interface Ports {
  readonly port: number;
  /** Host and port of each server. */
  readonly servers: readonly string[];
}

/** Connections to each server that are kept open for the next request, in each worker. */
const keptConnections = 32;

/** A reverse proxy as operators write it: connections kept on both sides, and each request to the server with the fewest. */
export function nginxConfiguration({ port, servers }: Ports): string {
  return `
worker_processes auto;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000000;
  upstream gatehouse {
    least_conn;
${servers.map((server) => `    server ${server};`).join("\n")}
    keepalive ${keptConnections};
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://gatehouse;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;
}
