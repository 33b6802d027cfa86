// The blocks of the mail builder, as MJML in the colours of a hospital's kit. Values of the kit are marked by an alpha that
// nobody sees, so that what is kept says `{{ brand.main }}` and the mail takes the kit of whoever sends it.
const INK = "#10282b", TEXT = "#27393c", QUIET = "#5c6f72", PAPER = "#eef3f3";
const SAID = {
  en: { heading: "A heading", hello: "Hello {{ patient.first_name }}, write here.", more: "Read more about it", book: "Book a time", offer: "20 % off", until: "on every check-up until the end of the month", one: "On one side", other: "On the other", map: "See it on a map", end: ["You get this because you agreed to news from us.", "End this news", "or", "choose what you hear of"] },
  es: { heading: "Un título", hello: "Hola, {{ patient.first_name }}: escriba aquí.", more: "Leer más sobre esto", book: "Reservar hora", offer: "20 % menos", until: "en cada chequeo hasta fin de mes", one: "A un lado", other: "Al otro", map: "Ver en el mapa", end: ["Recibe este correo porque aceptó nuestras novedades.", "Dejar de recibirlas", "o", "elegir cuáles"] },
  ar: { heading: "عنوان", hello: "مرحبا {{ patient.first_name }}، اكتب هنا.", more: "اقرأ المزيد عنه", book: "احجز موعدا", offer: "خصم 20٪", until: "على كل فحص حتى نهاية الشهر", one: "في جانب", other: "في الجانب الآخر", map: "اعرض المكان على الخريطة", end: ["تصلك هذه الرسالة لأنك وافقت على تلقي أخبارنا.", "إيقاف هذه الأخبار", "أو", "اختيار ما يصلك"] },
};
const SIGNS = {
  header: "M4 7h16M4 12h10M4 17h7", heading: "M7 5v14M17 5v14M7 12h10", text: "M5 6h14M5 12h14M5 18h9", picture: "M4 5h16v14H4zM4 16l5-5 5 5 3-3 3 3",
  button: "M5 9h14v6H5zM9 12h6", visit: "M4 6h16v14H4zM4 10h16M9 3v4M15 3v4M9 15l2 2 4-4", offer: "M5 12l7-7h6v6l-7 7zM15 8h.01",
  place: "M12 21l-6-7a7 7 0 1 1 12 0zM12 10h.01", columns: "M4 5h7v14H4zM13 5h7v14h-7z", line: "M4 12h16", end: "M12 4v10M8 10l4 4 4-4M5 20h14", foot: "M4 5h16v14H4zM4 15h16",
};
const MAP = "https://www.openstreetmap.org/search?query={{ hospital.address | url_encode }}";
export const PICTURE = "data:image/svg+xml," + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="560" height="200"><rect width="560" height="200" fill="#dbe9e9"/><path d="M240 130l28-34 22 24 14-14 26 24z" fill="#9dbcbc"/></svg>');
export const sign = (name) => `<svg viewBox="0 0 24 24" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${SIGNS[name]}"/></svg>`;

// what stands for each variable of the kit while it is on the canvas
export function marks(kit) {
  return [["{{ brand.main }}", `${kit.main}ff`], ["{{ brand.accent }}", `${kit.accent}fe`], ["{{ brand.on_main }}", `${kit.on_main}fd`], ["{{ brand.font }}", `${kit.font.replaceAll('"', "'")},bedside`]];
}
// the kit's header and foot are drawn on the canvas as they look, and kept as the variables that they are
const part = (name) => `<span data-brand="${name}"></span>`;
const PART = /\{\{\s*brand\.(header|footer)\s*\}\}(?=[^<>]*<)/g;
export const shown = (source, kit) => marks(kit).reduce((text, [variable, mark]) => text.replaceAll(variable, mark), source.replace(PART, (_, name) => part(name)));
export const kept = (source, kit) => marks(kit).reduce((text, [variable, mark]) => text.replaceAll(mark, variable).replaceAll(mark.replaceAll("'", "&#039;"), variable).replaceAll(mark.replaceAll("'", "&#39;"), variable), source);

export function blocksIn(language, kit, rtl) {
  const words = SAID[language.split("-")[0]] ?? SAID.en;
  const side = rtl ? "right" : "left";
  const [[, main], [, accent], [, onMain], [, font]] = marks(kit);
  const section = (inside, more = 'background-color="#ffffff" padding="6px 18px"') => `<mj-section ${more}><mj-column>${inside}</mj-column></mj-section>`;
  const text = (inside, more = {}) => {
    const look = { align: side, "font-family": font, "font-size": "16px", "line-height": "1.6", color: TEXT, padding: "6px 24px", ...more };
    return `<mj-text ${Object.entries(look).map(([name, value]) => `${name}="${value}"`).join(" ")}>${inside}</mj-text>`;
  };
  const button = (inside, href) => `<mj-button align="${side}" background-color="${main}" color="${onMain}" border-radius="8px" font-family="${font}" font-size="16px" font-weight="600" inner-padding="13px 22px" href="${href}">${inside}</mj-button>`;
  const link = (inside, href) => `<a href="${href}" style="color:${main}">${inside}</a>`;
  const picture = `<mj-image src="${PICTURE}" alt="" border-radius="8px"></mj-image>`;
  const blocks = [
    ["header", "Header", section(text(part("header"), { "font-size": "17px", "font-weight": "650", color: main }), 'padding="16px 18px 10px"')],
    ["heading", "Heading", section(text(`<h1 style="margin:0;font-size:24px;line-height:1.3;font-weight:650">${words.heading}</h1>`, { "font-size": "24px", "line-height": "1.3", color: INK }))],
    ["text", "Text", section(text(words.hello))],
    ["picture", "Picture", section(picture)],
    ["button", "Button", section(button(words.more, "https://"))],
    ["visit", "Book a visit", section(button(words.book, "{{ links.book }}"))],
    ["offer", "Offer", section(text(words.offer, { "font-size": "30px", "font-weight": "700", color: main, "line-height": "1.2" }) + text(words.until, { color: INK }) + button(words.book, "{{ links.book }}"), `background-color="${accent}" padding="18px"`)],
    ["place", "Where we are", section(text(`<strong>{{ hospital.name }}</strong><br/>{{ hospital.address }}<br/>{{ hospital.phone }}<br/>${link(words.map, MAP)}`))],
    ["columns", "Two columns", `<mj-section background-color="#ffffff" padding="8px 18px"><mj-column>${text(words.one)}</mj-column><mj-column>${text(words.other)}</mj-column></mj-section>`],
    ["line", "Line", section('<mj-divider border-width="1px" border-color="#dde7e7"></mj-divider>')],
    ["foot", "Foot of the kit", section(text(part("footer"), { "font-size": "12px", color: QUIET }), 'padding="10px 18px 0"')],
    ["end", "End this news", section(text(`${words.end[0]} ${link(words.end[1], "{{ links.unsubscribe }}")} ${words.end[2]} ${link(words.end[3], "{{ links.preferences }}")}.`, { "font-size": "12px", color: QUIET }), 'padding="4px 18px 16px"')],
  ];
  const of = Object.fromEntries(blocks.map(([id, , content]) => [id, content]));
  const fresh = `<mjml><mj-body background-color="${PAPER}" width="600px">${["header", "heading", "text", "visit", "foot", "end"].map((id) => of[id]).join("")}</mj-body></mjml>`;
  return { blocks, fresh };
}
