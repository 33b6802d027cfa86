"""The portal's house: layout, navigation, styles, shared components and static files. Entered by `app` alone."""
