"""What a friend reads who follows an invitation, by language. Every language has the same keys."""

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "language": "English",
        "title": "A friend invites you",
        "lead": "Somebody who is looked after here thinks that you would be in good hands too. Book your first visit "
        "in two minutes, without a password.",
        "friend_earns": "After your first visit your friend gets {points} points, to be spent on rewards of the house.",
        "you_earn": "You get {points} points yourself.",
        "where": "Where would you like to be seen?",
        "book": "Book a visit",
        "note": "Your booking carries your friend's code, {code}. They learn that somebody came by their invitation, "
        "and nothing about your visit.",
        "by_phone": "Online booking is closed just now. Call us, and give your friend's code: {code}.",
        "unknown_title": "We do not know this invitation",
        "unknown_lead": "The link may have been cut off on its way. You can book a visit all the same, and tell us at "
        "the desk who sent you.",
        "questions": "Questions? Call",
    },
    "es": {
        "language": "Español",
        "title": "Una persona amiga le invita",
        "lead": "Alguien a quien atendemos aquí cree que usted también estaría en buenas manos. Reserve su primera "
        "cita en dos minutos, sin contraseña.",
        "friend_earns": "Después de su primera cita, esa persona recibe {points} puntos, que se canjean por "
        "recompensas de la casa.",
        "you_earn": "Usted también recibe {points} puntos.",
        "where": "¿Dónde quiere que le atendamos?",
        "book": "Reservar una cita",
        "note": "Su reserva lleva el código de quien le invita, {code}. Sabrá que alguien vino por su invitación, y "
        "nada sobre su cita.",
        "by_phone": "En este momento no se puede reservar en línea. Llámenos e indique el código de quien le invita: "
        "{code}.",
        "unknown_title": "No conocemos esta invitación",
        "unknown_lead": "Puede que el enlace se haya cortado en el camino. De todos modos puede reservar una cita y "
        "decirnos en recepción quién le envía.",
        "questions": "¿Preguntas? Llame al",
    },
    "ar": {
        "language": "العربية",
        "title": "صديق يدعوك",
        "lead": "شخص نعتني به هنا يرى أنك ستكون أنت أيضًا في أيدٍ أمينة. "
        "احجز زيارتك الأولى في دقيقتين، من دون كلمة مرور.",
        "friend_earns": "بعد زيارتك الأولى يحصل صديقك على {points} نقطة يستبدلها بهدايا شكر صغيرة.",
        "you_earn": "وتحصل أنت أيضًا على {points} نقطة.",
        "where": "أين تود أن نستقبلك؟",
        "book": "احجز موعدًا",
        "note": "يحمل حجزك رمز صديقك {code}. سيعرف أن أحدًا جاء بدعوته، ولن يعرف شيئًا عن زيارتك.",
        "by_phone": "الحجز عبر الإنترنت مغلق الآن. اتصل بنا واذكر رمز صديقك: {code}.",
        "unknown_title": "لا نعرف هذه الدعوة",
        "unknown_lead": "ربما انقطع الرابط في طريقه. يمكنك أن تحجز موعدًا على أي حال، وتخبرنا في الاستقبال بمن أرسلك.",
        "questions": "هل لديك سؤال؟ اتصل على",
    },
}
