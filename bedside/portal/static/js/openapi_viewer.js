// Starts swagger-ui on our own document; its address stands in the page's data attribute.
const place = document.getElementById("api");
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const token = document.cookie.split("; ").find((row) => row.startsWith("bedside_csrf="));
    if (token && !request.headers.Authorization) request.headers["x-csrftoken"] = token.split("=")[1];
    return request;
  },
});
