"""The pages' addresses."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from yuanliu.web import entering, keys, views

app_name = "web"
urlpatterns = [
    path("", views.find, name="find"),
    path("lots/<path:ref>", views.lot, name="lot"),
    path("login/", entering.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<slug:prefix>/revoke/", keys.revoke, name="revoke_key"),
]
