from django.urls import path

from daymark.design import views

urlpatterns = [
    path("", views.gallery, name="design_gallery"),
    path("<slug:state>/", views.gallery_state, name="design_gallery_state"),
]
